package btf

import (
	"strings"
	"sync"
)

// stringIndex finds own strings of Types by content. It is made at the first
// question and shared by the copies that WithLayout makes.
type stringIndex struct {
	once sync.Once
	offs map[string]StrOff
}

// FindString returns the offset of a string that is stored whole in t or in
// its bases: a base's before an own one, and the first of several (libbpf:
// btf__find_str). The first call indexes the strings; calls from several
// goroutines are fine.
func (t *Types) FindString(s string) (StrOff, bool) {
	if t.base != nil {
		if off, ok := t.base.FindString(s); ok {
			return off, true
		}
	}
	t.find.once.Do(func() {
		t.find.offs = make(map[string]StrOff, strings.Count(t.text, "\x00"))
		for at := 0; at < len(t.text); {
			own := t.text[at:]
			own = own[:strings.IndexByte(own, 0)]
			if _, ok := t.find.offs[own]; !ok {
				t.find.offs[own] = t.strStart + StrOff(at)
			}
			at += len(own) + 1
		}
	})
	off, ok := t.find.offs[s]
	return off, ok
}

package btf

import (
	"strings"
	"sync"
)

// stringIndex finds own strings of Types by content. It is made when it is first
// needed, and copies of the Types share it.
type stringIndex struct {
	once sync.Once
	offs map[string]StrOff
}

// eachString calls f for every own string with its offset, first to last.
func (t *Types) eachString(f func(s string, off StrOff)) {
	for at := 0; at < len(t.text); {
		own := t.text[at:]
		own = own[:strings.IndexByte(own, 0)]
		f(own, t.strStart+StrOff(at))
		at += len(own) + 1
	}
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
		t.eachString(func(s string, off StrOff) {
			if _, ok := t.find.offs[s]; !ok {
				t.find.offs[s] = off
			}
		})
	})
	off, ok := t.find.offs[s]
	return off, ok
}

// fewStrings is the number of strings per looked-up string from which on a search is
// faster than an index, and meanString the length of one in a kernel, in bytes.
const (
	fewStrings = 8
	meanString = 13
)

// FindStrings looks for many strings at once and returns the offsets of those that
// exist. To find a few, such as the names of a small module in a kernel, it searches;
// building an index would take most of the time.
func (t *Types) FindStrings(wanted []string) map[string]StrOff {
	found := make(map[string]StrOff)
	if t.base != nil {
		found = t.base.FindStrings(wanted)
	}
	if len(wanted) > len(t.text)/(fewStrings*meanString) {
		for _, s := range wanted {
			if off, ok := t.FindString(s); ok {
				found[s] = off
			}
		}
		return found
	}
	var search search
	for _, s := range wanted {
		if _, ok := found[s]; !ok {
			search.want(s)
		}
	}
	search.in(t.text, func(s string, at int) { found[s] = t.strStart + StrOff(at) })
	return found
}

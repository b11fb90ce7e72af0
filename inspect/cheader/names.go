package cheader

import (
	"strconv"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// nameCounts says how often a name was used.
type nameCounts map[string]int

// use counts a use of a name, and returns its number, from 1.
func (c nameCounts) use(name string) int {
	before := len(c)
	c[name]++
	if len(c) > before { // as most are
		return 1
	}
	return c[name]
}

// maxGiven is the most bytes of a name with a number after it.
const maxGiven = 255

// tag writes the name of a struct, union or enum. ident writes that of a typedef.
func (p *printer) tag(id btf.ID, rec btf.Record)   { p.name(p.givenName(id, rec, p.tags)) }
func (p *printer) ident(id btf.ID, rec btf.Record) { p.name(p.givenName(id, rec, p.idents)) }

// givenName returns the name that a type has in the header, and gives it one at its
// first use. Declarations share the name of what they declare.
func (p *printer) givenName(id btf.ID, rec btf.Record, counts nameCounts) string {
	off := rec.NameOff()
	if off == 0 {
		return ""
	}
	st := &p.states[id]
	if st.has(named) {
		if name, ok := p.given[id]; ok {
			return name
		}
		return p.string(off)
	}
	st.set(named)
	name := p.string(off)
	if kind := rec.Kind(); kind == btf.KindFwd || kind == btf.KindEnum && rec.Vlen() == 0 {
		return name
	}
	if n := counts.use(name); n > 1 {
		name = name + "___" + strconv.Itoa(n)
		p.given[id] = name[:min(len(name), maxGiven)]
		return p.given[id]
	}
	return name
}

func (p *printer) string(off btf.StrOff) string {
	s, _ := p.types.String(off)
	return s
}

// name writes a name from the file. What no C name has cannot forge a line.
func (p *printer) name(s string) { p.buf = quote.AppendName(p.buf, s) }

package cheader

import (
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/nametable"
	"github.com/gopahole/gopahole/internal/quote"
)

// A cname is the name of a type, member or parameter as it is in the header.
type cname struct {
	off btf.StrOff
	use int // the number after it, of the second type with this name and later ones; less than 2 for none
}

// maxGiven is the most bytes of a name with a number after it.
const maxGiven = 255

func (p *printer) isEmpty(n cname) bool { return n.use < 2 && p.types.TextFrom(n.off)[0] == 0 }

// name writes a name. What no C name has cannot forge a line.
func (p *printer) name(n cname) {
	text := p.types.TextFrom(n.off)
	if n.use < 2 {
		p.buf = quote.AppendCString(p.buf, text)
		return
	}
	numbered := text[:strings.IndexByte(text, 0)] + "___" + strconv.Itoa(n.use)
	p.buf = quote.AppendName(p.buf, numbered[:min(len(numbered), maxGiven)])
}

// nameAt writes a name that has no number.
func (p *printer) nameAt(off btf.StrOff) { p.name(cname{off: off}) }

// tag writes the name of a struct, union or enum. ident writes that of a typedef.
func (p *printer) tag(id btf.ID, rec btf.Record)   { p.name(p.givenName(id, rec, p.tags)) }
func (p *printer) ident(id btf.ID, rec btf.Record) { p.name(p.givenName(id, rec, p.idents)) }

// givenName returns the name that a type has in the header, and gives it one at its
// first use. Declarations share the name of what they declare.
func (p *printer) givenName(id btf.ID, rec btf.Record, uses *nametable.Table) cname {
	n := cname{off: rec.NameOff()}
	st := &p.states[id]
	switch {
	case n.off == 0:
	case st.has(numbered):
		n.use = p.numbers[id]
	case st.has(named):
	default:
		st.set(named)
		if kind := rec.Kind(); kind == btf.KindFwd || kind == btf.KindEnum && rec.Vlen() == 0 {
			return n
		}
		if n.use = useOf(uses, n.off); n.use > 1 && rec.Kind() == btf.KindTypedef && p.types.Name(id) == ofCompiler {
			n.use = 1 // there is one, and it is not defined here
		}
		if n.use > 1 {
			st.set(numbered)
			p.numbers[id] = n.use
		}
	}
	return n
}

// useOf counts a use of a name, and returns its number, from 1.
func useOf(uses *nametable.Table, off btf.StrOff) int {
	n := uses.At(off)
	*n++
	return int(*n)
}

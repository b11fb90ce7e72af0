package layout

import (
	"fmt"
	"io"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// Options say how types are printed. The zero value is what pahole does without
// options on x86-64.
type Options struct {
	// Expand prints the members of named structs and unions at the place of the member
	// (pahole: --expand_types).
	Expand bool
	// Hex prints offsets, sizes and values of enums as hexadecimal numbers (--hex).
	Hex bool
	// CacheLine is the size of a cache line in bytes. 0 is 64.
	CacheLine int
	// PointerSize is 4 or 8 bytes, 0 for 8.
	PointerSize int
}

// A DepthError is about a type that contains itself, or nests more types than any that a
// compiler made.
type DepthError struct{ ID btf.ID }

func (e *DepthError) Error() string {
	return fmt.Sprintf("type %d contains itself, or nests too many types to be printed", e.ID)
}

// A Printer prints types of one blob. What it infers of a type, it remembers.
type Printer struct {
	w       io.Writer
	types   *btf.Types
	o       Options
	classes classes
	tags    func() map[btf.ID][]paramTag // attributes of parameters by prototype, gathered for the first one
	buf     []byte
	whole   int           // bytes of buf: the text of types before the one being printed
	short   *[1000]uint32 // shortNumbers
	enough  int           // where in buf a text that will be cut off may end; 0: it will not be
}

// A paramTag is an attribute of a parameter.
type paramTag struct {
	index int
	name  btf.StrOff
}

// NewPrinter makes a printer of types and those of their bases.
func NewPrinter(w io.Writer, t *btf.Types, o Options) *Printer {
	if o.CacheLine == 0 {
		o.CacheLine = 64
	}
	if o.PointerSize == 0 {
		o.PointerSize = 8
	}
	p := &Printer{w: w, types: t, o: o, short: shortNumbers()}
	p.tags = sync.OnceValue(p.paramTags)
	p.classes = classes{types: t, pointer: uint32(o.PointerSize), line: uint32(o.CacheLine)}
	return p
}

// paramTags gathers the tags of parameters, which are printed before these.
func (p *Printer) paramTags() map[btf.ID][]paramTag {
	tags := make(map[btf.ID][]paramTag)
	for _, rec := range p.types.DeclTags() {
		if rec.Component() < 0 {
			continue
		}
		if f := p.types.Record(rec.Type()); f.Kind() == btf.KindFunc {
			tags[f.Type()] = append(tags[f.Type()], paramTag{rec.Component(), rec.NameOff()})
		}
	}
	return tags
}

// A style is how a type is printed at a place. Nested types get a copy with changes.
type style struct {
	typeWidth, nameWidth int // columns of types and names
	indent               int
	base                 uint32  // offset of what is around
	line                 *uint32 // the cache line that has been reached
	relative             bool    // behind a pointer: offsets begin anew
	stats                bool    // the summary at the end
	expand               bool
	noOffsets            bool
	first, last          bool // member of its struct
	inUnion              bool
	suffix               string // after the closing brace
	hasSuffix            bool
}

// Print prints the definition of a struct, union, enum or typedef, with a line feed
// after it. Other types have none, which is an error.
func (p *Printer) Print(id btf.ID) error { return p.flushAfter(p.print(id)) }

func (p *Printer) print(id btf.ID) error {
	p.classes.work = stepsPerType
	rec := p.types.Record(id)
	s := style{typeWidth: 26, nameWidth: 23, stats: true, expand: p.o.Expand}
	if s.expand {
		s.nameWidth = 55
	} else if rec.Kind() == btf.KindUnion {
		s.nameWidth = 21
	}
	switch rec.Kind() {
	case btf.KindStruct, btf.KindUnion, btf.KindFwd:
		p.class(p.classes.get(id), &s)
	case btf.KindEnum, btf.KindEnum64:
		p.enum(rec, &s)
	case btf.KindTypedef:
		p.typedef(rec, &s)
	default:
		return fmt.Errorf("type %d is a %v, which has no definition", id, rec.Kind())
	}
	p.str(";\n")
	return p.finish()
}

// name returns a name from the file, such that it cannot forge a line.
func (p *Printer) name(id btf.ID) string { return quote.Name(p.types.Name(id)) }

package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/cdecl"
	"github.com/gopahole/gopahole/internal/quote"
)

// MaxStructs bounds the data about structs, in bytes of JSON. Those that come after are listed
// without members, up to half as much again, and then left out.
const MaxStructs = 12 << 20

// maxWasteful is how many structs are in the table of those with holes.
const maxWasteful = 100

// Structs are structs and unions with their members.
type Structs struct {
	Named       int    // that have a name, also that of a typedef
	WithHoles   int    // structs
	HoleBits    uint64 // of all of them
	PaddingBits uint64
	Bare        int    // listed without members
	Left        int    // not even listed
	Command     string // which prints one of them
	Wasteful    []Waste

	data structData
}

// A Waste is a struct, and what it holds besides members.
type Waste struct {
	Name    string
	Size    int // in bytes
	Members int
	Holes   int
	Wasted  uint64 // bits of holes and of padding
}

// A structData is what the scripts draw from. Numbers keep it small:
//
//	Strings  names of structs and members; the first is ""
//	Types    declarations: the name goes where a line feed is, or else to the end
//	Targets  for each of Types, 4 times the number of the struct that it leads to, and in
//	         which way (see the constants); -1 for none
//	List     structs: name, flags, size, holes, bits of holes, bits of padding, and of each
//	         member name, type, offset and size in bits, below 0 for a bit-field; or one 0
//	         if members are left out
type structData struct {
	Strings []string  `json:"strings"`
	Types   []string  `json:"types"`
	Targets []int     `json:"targets"`
	List    [][]int64 `json:"list"`

	size    int
	strings map[string]int
	types   map[btf.ID]int
}

// The ways in which a member leads to a struct.
const (
	refers = iota // pointer, array, function, or the name of a typedef
	holds         // it is one
	opens         // it is one without a name
)

// The flags of a struct.
const (
	flagUnion = 1 << iota
	flagTypedef
	flagBare // members are left out
)

// StructOptions say which structs are in a page.
type StructOptions struct {
	// PointerSize is in bytes, 0 if it is not known.
	PointerSize int
	// Wants tells which names; nil for all.
	Wants func(name string) bool
}

// NewStructs takes the structs and unions that types have beyond those of their base. The
// error is that of layout.Printer.Describe.
func NewStructs(types *btf.Types, o StructOptions) (*Structs, error) {
	typedefs := make(map[btf.ID]string) // of structs without a name
	for id, rec := range types.Own() {
		if to := rec.Type(); rec.Kind() == btf.KindTypedef && types.Record(to).Kind().IsComposite() && types.Record(to).NameOff() == 0 && typedefs[to] == "" {
			typedefs[to] = types.Name(id)
		}
	}
	var all []*layout.Layout
	byID := make(map[btf.ID]*layout.Layout)
	err := layout.NewPrinter(io.Discard, types, layout.Options{PointerSize: o.PointerSize}).Describe(func(l *layout.Layout) error {
		all = append(all, l)
		byID[l.ID] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	s := &Structs{data: structData{
		Strings: []string{""}, Types: []string{}, Targets: []int{}, List: [][]int64{},
		strings: map[string]int{"": 0}, types: make(map[btf.ID]int),
	}}
	name := func(id btf.ID) string { return cmp.Or(types.Name(id), typedefs[id]) }
	if o.Wants != nil {
		all = chosen(types, all, byID, func(id btf.ID) bool { return o.Wants(name(id)) })
	}
	number := make(map[btf.ID]int, len(all))
	for i, l := range all {
		number[l.ID] = i
	}
	for _, l := range all {
		s.count(quote.Name(name(l.ID)), l)
		s.add(types, l, quote.Name(name(l.ID)), types.Record(l.ID).NameOff() == 0, number)
	}
	slices.SortStableFunc(s.Wasteful, func(a, b Waste) int { return cmp.Compare(b.Wasted, a.Wasted) })
	s.Wasteful = s.Wasteful[:min(len(s.Wasteful), maxWasteful)]
	return s, nil
}

// chosen returns the wanted structs, and those without a name in them.
func chosen(types *btf.Types, all []*layout.Layout, byID map[btf.ID]*layout.Layout, wants func(btf.ID) bool) []*layout.Layout {
	taken := make(map[btf.ID]bool)
	var todo []btf.ID
	for _, l := range all {
		if wants(l.ID) {
			todo = append(todo, l.ID)
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if taken[id] || byID[id] == nil {
			continue
		}
		taken[id] = true
		for _, m := range byID[id].Members {
			if to, way := target(types, m.Type); way == opens {
				todo = append(todo, to)
			}
		}
	}
	return slices.DeleteFunc(all, func(l *layout.Layout) bool { return !taken[l.ID] })
}

// count adds a struct to the sums.
func (s *Structs) count(name string, l *layout.Layout) {
	if name == "" {
		return
	}
	s.Named++
	if l.Holes > 0 {
		s.WithHoles++
	}
	s.HoleBits += l.HoleBits
	s.PaddingBits += l.Padding
	wasted := l.HoleBits + l.Padding
	if wasted == 0 || l.Union {
		return
	}
	s.Wasteful = append(s.Wasteful, Waste{name, int(l.Size), len(l.Members), l.Holes, wasted})
	if len(s.Wasteful) >= 64*maxWasteful {
		slices.SortStableFunc(s.Wasteful, func(a, b Waste) int { return cmp.Compare(b.Wasted, a.Wasted) })
		s.Wasteful = s.Wasteful[:maxWasteful]
	}
}

// bitText returns bits as bytes, and bits where these are no whole ones: 12 bytes and 3 bits.
func bitText(bits uint64) string {
	whole, rest := plural(bits/8, "byte"), plural(bits%8, "bit")
	switch {
	case bits%8 == 0:
		return whole
	case bits < 8:
		return rest
	}
	return whole + " and " + rest
}

func plural(n uint64, word string) string {
	if n != 1 {
		word += "s"
	}
	return Count(n) + " " + word
}

// add puts a struct into the data, as far as there is room. The numbers of structs are those
// that they have there, or would have.
func (s *Structs) add(types *btf.Types, l *layout.Layout, name string, unnamed bool, number map[btf.ID]int) {
	d := &s.data
	if len(d.List) < number[l.ID] || d.size > MaxStructs*3/2 {
		s.Left++
		return
	}
	flags := 0
	if l.Union {
		flags |= flagUnion
	}
	if unnamed && name != "" {
		flags |= flagTypedef
	}
	bare := d.size+16*len(l.Members) > MaxStructs
	if bare {
		flags |= flagBare
		s.Bare++
	}
	row := []int64{int64(d.string(name)), int64(flags), int64(l.Size), int64(l.Holes), int64(l.HoleBits), int64(l.Padding)}
	d.size += 32
	if !bare {
		for _, m := range l.Members {
			bits := int64(min(m.Bits, 1<<52)) // what a number of JavaScript holds
			if m.Field {
				bits = -bits
			}
			row = append(row, int64(d.string(quote.Name(m.Name))), int64(d.typ(types, m.Type, number)), int64(m.Offset), bits)
			d.size += 20
		}
	}
	d.List = append(d.List, row)
}

// string returns the number of a string.
func (d *structData) string(s string) int {
	if i, ok := d.strings[s]; ok {
		return i
	}
	i := len(d.Strings)
	d.strings[s] = i
	d.Strings = append(d.Strings, s)
	d.size += len(s) + 3
	return i
}

// typ returns the number of a declaration.
func (d *structData) typ(types *btf.Types, id btf.ID, number map[btf.ID]int) int {
	if i, ok := d.types[id]; ok {
		return i
	}
	text := cdecl.Declare(types, id, "\n") // no name has one: they are quoted
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), " ")
	at := -1
	if to, way := target(types, id); to != 0 {
		if n, ok := number[to]; ok {
			at = 4*n + way
		}
	}
	i := len(d.Types)
	d.types[id] = i
	d.Types = append(d.Types, text)
	d.Targets = append(d.Targets, at)
	d.size += len(text) + 10
	return i
}

// maxSteps is how far a type is followed to a struct.
const maxSteps = 32

// target returns the struct or union that a type leads to, and in which way; 0 for none.
func target(types *btf.Types, id btf.ID) (to btf.ID, way int) {
	way = holds
	named := false
	for range maxSteps {
		rec := types.Record(id)
		switch rec.Kind() {
		case btf.KindStruct, btf.KindUnion:
			if way == holds && !named && rec.NameOff() == 0 {
				way = opens
			}
			return id, way
		case btf.KindTypedef:
			named = true
			id = rec.Type()
		case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
			id = rec.Type()
		case btf.KindPtr:
			way, id = refers, rec.Type()
		case btf.KindArray:
			way, id = refers, rec.Array().Elem
		default:
			return 0, refers
		}
	}
	return 0, refers
}

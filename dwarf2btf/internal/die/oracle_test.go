package die

import (
	"bytes"
	"debug/dwarf"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// notCompared are the fixtures that are left out, with the reason.
var notCompared = map[string]string{
	"units-null-first.o":  "a unit without an entry",
	"module-gcc-lto.o":    "its debugging information is in the sections of link-time optimisation, which debug/elf knows nothing of",
	"units-relocatable.o": "it is not linked: offsets of abbreviations and strings are relocations",
}

// debug/dwarf is the oracle for the cursor: on every fixture both find the same
// DIEs with the same attributes. .debug_types is not compared, because
// debug/dwarf reads its units only on demand.
func TestFixturesAgainstDebugDWARF(t *testing.T) {
	objects, err := filepath.Glob("../../../testdata/dwarf/*")
	if err != nil {
		t.Fatal(err)
	}
	var seen SlotSet
	files, dies := 0, 0
	for _, path := range objects {
		if ext := filepath.Ext(path); ext != ".elf" && ext != ".o" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			if reason := notCompared[filepath.Base(path)]; reason != "" {
				t.Skip(reason)
			}
			in := open(t, path)
			if len(in.info) == 0 {
				t.Skip("it has no .debug_info: its DWARF, if any, is in another file")
			}
			n, slots := newOracle(t, in).compare(t)
			dies += n
			seen |= slots
			places := newOracle(t, in)
			places.places = true
			_, slots = places.compare(t)
			seen |= slots & (1<<DeclFile | 1<<DeclLine)
			files++
		})
	}
	if files < 100 || dies < 5000 {
		t.Errorf("only %d files with %d DIEs were compared", files, dies)
	}
	for s := Sibling; s < NumSlots; s++ {
		// Partial units are rare; the tests of imports have some. So are the ranges of split
		// units before DWARF 5; those of inlined functions do.
		if !seen.Has(s) && s != Import && s != GNURangesBase {
			t.Errorf("no fixture fills slot %d", s)
		}
	}
}

// The same on DIEs with every form, see forms_test.go.
func TestFormsAgainstDebugDWARF(t *testing.T) {
	variants(t, func(t *testing.T, v variant) {
		f, n := formsFile(v)
		if dies, _ := newOracle(t, build(t, f)).compare(t); dies != n+2 {
			t.Errorf("%d DIEs and null entries, want %d", dies, n+2)
		}
	})
}

// oracle compares a cursor with debug/dwarf.
type oracle struct {
	*input
	data *dwarf.Data
	root *dwarf.Entry // of the unit

	places bool // of the table
}

func newOracle(t *testing.T, in *input) *oracle {
	t.Helper()
	data, err := dwarf.New(in.abbrev, nil, nil, in.info, nil, nil, nil, in.str)
	if err != nil {
		t.Fatal(err)
	}
	// debug/dwarf reads the DIE of a unit a first time before it knows the base of
	// its strings, and gives up if what it takes for offsets is none. So the header
	// of the table, which nobody needs, becomes zero.
	strOffsets := slices.Clone(in.strOffsets)
	clear(strOffsets[:min(16, len(strOffsets))])
	if !bytes.HasPrefix(in.info, []byte{0xff, 0xff, 0xff, 0xff}) {
		copy(strOffsets[min(8, len(strOffsets)):], in.strOffsets[min(8, len(strOffsets)):])
	}
	for name, content := range map[string][]byte{
		".debug_addr": in.addr, ".debug_line_str": in.lineStr, ".debug_str_offsets": strOffsets, ".debug_rnglists": in.rnglists,
	} {
		if len(content) > 0 {
			if err := data.AddSection(name, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &oracle{input: in, data: data}
}

// compare walks all units and returns the number of DIEs and null entries, and
// the slots that were filled.
func (o *oracle) compare(t *testing.T) (dies int, seen SlotSet) {
	t.Helper()
	units, err := o.units(false)
	if err != nil {
		t.Fatal(err)
	}
	r := o.data.Reader()
	var c Cursor
	table := Table{Places: o.places} // reused, as the encoder does
	for i := range units {
		u := &units[i]
		if err := o.start(&c, &table, u); err != nil {
			t.Fatal(err)
		}
		o.root = nil
		err := walk(&c, func(a *Abbrev) {
			e, err := r.Next()
			if err != nil || e == nil {
				t.Fatalf("at %#x: debug/dwarf: %v, %v", u.Offset+uint64(c.At), e, err)
			}
			if o.root == nil {
				o.root = e
			}
			o.entry(t, &c, a, e)
			dies++
			if a != nil {
				seen |= c.Have
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	if e, err := r.Next(); e != nil || err != nil {
		t.Errorf("debug/dwarf has more: %v, %v", e, err)
	}
	return dies, seen
}

// entry compares the DIE that both have read last.
func (o *oracle) entry(t *testing.T, c *Cursor, a *Abbrev, e *dwarf.Entry) {
	t.Helper()
	at := c.Unit.Offset + uint64(c.At)
	if a == nil || e.Tag == 0 {
		if a != nil || e.Tag != 0 {
			t.Errorf("%#x: null entry %v, want %v", at, a == nil, e.Tag == 0)
		}
		return // debug/dwarf keeps no offset
	}
	if uint64(e.Offset) != at {
		t.Errorf("entry at %#x, want %#x", at, e.Offset)
	}
	if uint32(a.Tag) != uint32(e.Tag) || a.Children != e.Children {
		t.Errorf("%#x: tag %#x children %v, want %v %v", at, a.Tag, a.Children, e.Tag, e.Children)
	}
	var want SlotSet
	for _, f := range e.Field {
		s := slot(uint64(f.Attr))
		if o.places {
			s = placeSlot(uint64(f.Attr))
		}
		if s == SlotNone || want.Has(s) {
			continue // only the first of several counts
		}
		want |= 1 << s
		if !c.Have.Has(s) {
			continue
		}
		if got := o.value(t, c, c.V[s]); !reflect.DeepEqual(got, number(f.Val)) {
			t.Errorf("%#x: %v = %v (form %#x), want %v (%T)", at, f.Attr, got, c.V[s].Form, f.Val, f.Val)
		}
	}
	if c.Have != want {
		t.Errorf("%#x: slots %b, want %b", at, c.Have, want)
	}
}

// number gives values that differ in their Go type only one type.
func number(v any) any {
	switch v := v.(type) {
	case int64:
		return uint64(v)
	case uint32:
		return uint64(v)
	case dwarf.Offset:
		return uint64(v)
	}
	return v
}

// value returns what debug/dwarf makes of a value: strings and blocks by their
// content, references as offsets in the section, indexes resolved.
func (o *oracle) value(t *testing.T, c *Cursor, v Value) any {
	t.Helper()
	size := uint64(c.Unit.OffsetSize())
	switch v.Form {
	case FormFlag, FormFlagPresent:
		return v.U == 1
	case FormBlock, FormExprloc, FormData16:
		return c.Data[v.U : v.U+uint64(v.N)]
	case FormString:
		return string(c.Data[v.U : v.U+uint64(v.N)])
	case FormStrp:
		return cstring(o.str, v.U)
	case FormLineStrp:
		return cstring(o.lineStr, v.U)
	case FormStrx:
		base := o.base(dwarf.AttrStrOffsetsBase)
		return cstring(o.str, o.word(o.strOffsets, base+v.U*size, size))
	case FormAddrx:
		size := uint64(c.Unit.AddrSize)
		return o.word(o.addr, o.base(dwarf.AttrAddrBase)+v.U*size, size)
	case FormRnglistx:
		base := o.base(dwarf.AttrRnglistsBase)
		return base + o.word(o.rnglists, base+v.U*size, size)
	case FormRef:
		return uint64(dwarf.Offset(c.Unit.Offset + v.U)) // of 32 bits there
	}
	return v.U
}

// base returns an attribute of the unit's DIE.
func (o *oracle) base(a dwarf.Attr) uint64 {
	v, _ := o.root.Val(a).(int64)
	return uint64(v)
}

func (in *input) word(data []byte, off, size uint64) uint64 {
	if size == 8 {
		return in.order.Uint64(data[off:])
	}
	return uint64(in.order.Uint32(data[off:]))
}

func cstring(data []byte, off uint64) string {
	s, _, _ := strings.Cut(string(data[off:]), "\x00")
	return s
}

// The ways around a DIE lead to the same place: reading all attributes, stepping
// over them, and stepping over the children with and without DW_AT_sibling.
func TestSkippingFixtures(t *testing.T) {
	objects, err := filepath.Glob("../../../testdata/dwarf/*.[eo]*")
	if err != nil {
		t.Fatal(err)
	}
	subtrees := 0
	for _, path := range objects {
		if ext := filepath.Ext(path); notCompared[filepath.Base(path)] != "" || ext != ".o" && ext != ".elf" {
			continue
		}
		in := open(t, path)
		units, err := in.units(false)
		if err != nil {
			t.Fatal(err)
		}
		var c Cursor
		var table Table
		for i := range units {
			if err := in.start(&c, &table, &units[i]); err != nil {
				t.Fatal(err)
			}
			subtrees += checkSkipping(t, path, &c)
		}
	}
	if subtrees < 2000 {
		t.Errorf("only %d subtrees", subtrees)
	}
}

// checkSkipping walks a unit and compares the ends of all subtrees.
func checkSkipping(t *testing.T, path string, c *Cursor) (subtrees int) {
	t.Helper()
	var open []Off // DIEs whose children are being walked
	ends := make(map[Off]Off)
	err := walk(c, func(a *Abbrev) {
		if a == nil {
			ends[open[len(open)-1]] = c.Pos
			open = open[:len(open)-1]
			return
		}
		if a.Children {
			open = append(open, c.At)
		} else {
			ends[c.At] = c.Pos
		}
		skipped := *c
		skipped.Pos = c.At
		skipped.Next()
		skipped.SkipAttrs(a)
		if skipped.Pos != c.Pos {
			t.Errorf("%s: %#x: SkipAttrs ends at %#x, Attrs at %#x", path, c.At, skipped.Pos, c.Pos)
		}
		if skipped.Have != c.Have&(1<<Sibling) || skipped.Have != 0 && skipped.V[Sibling] != c.V[Sibling] {
			t.Errorf("%s: %#x: SkipAttrs fills %b", path, c.At, skipped.Have)
		}
		again, have, v := c.ReadAt(c.At)
		if again != a || have != c.Have {
			t.Errorf("%s: %#x: ReadAt reads another DIE", path, c.At)
		}
		for s := Sibling; s < NumSlots; s++ {
			if have.Has(s) && v[s] != c.V[s] {
				t.Errorf("%s: %#x: ReadAt: slot %d is %v, want %v", path, c.At, s, v[s], c.V[s])
			}
		}
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for at, want := range ends {
		for _, without := range []SlotSet{0, 1 << Sibling} {
			c.reading = true
			c.Pos = at
			a := c.Next()
			c.SkipAttrs(a)
			c.Have &^= without
			c.SkipChildren(a)
			if c.Pos != want {
				t.Errorf("%s: %#x: SkipChildren ends at %#x, want %#x (without slots %b)", path, at, c.Pos, want, without)
			}
		}
		subtrees++
	}
	return subtrees
}

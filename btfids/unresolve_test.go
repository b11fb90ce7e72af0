package btfids

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// What Resolve fills in, Unresolve takes back, also where sorting moved the flags.
func TestUnresolve(t *testing.T) {
	types, err := btf.ParseText(`
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
[3] FUNC 'first' type_id=2 linkage=static
[4] FUNC 'second' type_id=2 linkage=static
[5] FUNC 'third' type_id=2 linkage=static
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	words := func(list ...uint32) (data []byte) {
		for _, w := range list {
			data = binary.LittleEndian.AppendUint32(data, w)
		}
		return data
	}
	linked := words(0, 1, 0, 30, 0, 99, 0, 10, 0, 20)
	table := &Table{order: binary.LittleEndian, data: linked, byOff: []int{0}, sets: []set{{name: "s", count: 4, pairs: true}}}
	table.lists[3] = list{symbols: 4, entries: []entry{ // by name, descending
		{"third", []uint64{8}}, {"second", []uint64{32}}, {"missing", []uint64{16}}, {"first", []uint64{24}},
	}}
	if table.Resolved() {
		t.Error("resolved before it is")
	}
	filled := table.Resolve(types).Data
	if want := words(4, 1, 0, 99, 3, 10, 4, 20, 5, 30); !bytes.Equal(filled, want) {
		t.Fatalf("filled in: % x, want % x", filled, want)
	}
	again := *table
	again.data = filled
	if !again.Resolved() {
		t.Error("not resolved")
	}
	l, err := again.Unresolve(types)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(l.Data, linked) || l.Moved != 4 || l.Doubt != nil {
		t.Errorf("taken back: % x, %d moved, %q in doubt, want % x and 4 moved", l.Data, l.Moved, l.Doubt, linked)
	}

	// The BTF of another build, in which the IDs are others.
	other, err := btf.New(nil, nil, append([]uint32{0, btf.Info(btf.KindPtr, 0, false), 0}, shifted(types)...), types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	if l, err := again.Unresolve(other); !errors.As(err, new(*ForeignError)) {
		t.Errorf("by other types: %v, %v", l, err)
	}
	if l, err := again.UnresolveInOrder(other); err != nil || !bytes.Equal(l.Data, linked) {
		t.Errorf("by the order of functions in other types: %v, %v", l, err)
	}
	fewer, err := btf.ParseText(`
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
[3] FUNC 'first' type_id=2 linkage=static
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := again.UnresolveInOrder(fewer); !errors.As(err, new(*ForeignError)) {
		t.Errorf("by other functions: %v, %v", l, err)
	}
	if got, want := again.WithoutFlags(), words(4, 1, 0, 0, 3, 0, 4, 0, 5, 0); !bytes.Equal(got, want) {
		t.Errorf("without flags: % x, want % x", got, want)
	}
	if l, err := again.Unresolve(nil); !errors.As(err, new(*ForeignError)) {
		t.Errorf("without types: %v, %v", l, err)
	}
}

// shifted returns the records for types with one more before them.
func shifted(types *btf.Types) []uint32 {
	var words []uint32
	for _, rec := range types.Own() {
		rec = slices.Clone(rec)
		rec.MapRefs(func(id btf.ID) btf.ID {
			if id != 0 {
				id++
			}
			return id
		})
		words = append(words, rec...)
	}
	return words
}

package unit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// The structs that exist in great number do not grow by accident. Sizes are
// those of 64-bit machines.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("not a 64-bit machine")
	}
	for _, tc := range []struct {
		name      string
		got, want uintptr
	}{
		{"typeInfo", unsafe.Sizeof(typeInfo{}), 8},
		{"target", unsafe.Sizeof(target{}), 12},
		{"param", unsafe.Sizeof(param{}), 80},
		{"function", unsafe.Sizeof(function{}), 72},
		{"Function", unsafe.Sizeof(Function{}), 56},
		{"cachedShape", unsafe.Sizeof(cachedShape{}), 16},
	} {
		if tc.got > tc.want {
			t.Errorf("%s has %d bytes, want at most %d", tc.name, tc.got, tc.want)
		}
	}
}

// targets finds what was put, the first of two at one offset, and nothing of an
// earlier or another unit.
func TestPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p targets
	for round := range 50 {
		want := map[uint32]target{}
		start, size := r.Uint32N(5000), 1+r.Uint32N(20000)
		p.reset(start, size, 0)
		for range r.IntN(5000) {
			th := target{off: start + r.Uint32N(size), kind: targetKind(r.IntN(4)), num: r.Uint32N(1 << 30)}
			p.put(th.off, th.kind, th.num)
			if _, ok := want[th.off]; !ok {
				want[th.off] = th
			}
			p.put(start+size+64+r.Uint32N(1<<20), th.kind, th.num)
			p.put(start-1-r.Uint32N(1<<20), th.kind, th.num)
		}
		for off, th := range want {
			if kind, num, ok := p.get(off); !ok || kind != th.kind || num != th.num {
				t.Fatalf("round %d: at %#x %d %d %v, want %+v", round, off, kind, num, ok, th)
			}
		}
		for range 1000 {
			off := r.Uint32N(30000)
			if _, expected := want[off]; !expected {
				if _, num, ok := p.get(off); ok {
					t.Fatalf("round %d: found %d at %#x", round, num, off)
				}
			}
		}
	}
}

// The cache of a worker finds every key that was put.
func TestNameCache(t *testing.T) {
	c := newNameCache(new(slab[atomic.Uint64]), 0)
	r := rand.New(rand.NewPCG(1, 2))
	want := map[nameKey]names.ID{}
	for range 50000 {
		k := nameKey(r.Uint32())
		if r.IntN(2) == 0 {
			k = 1 + r.Uint32N(1<<18)
		}
		got, ok := c.find(k)
		if id, known := want[k]; ok != known || got != id {
			t.Fatalf("key %#x: %d %v, want %d %v", k, got, ok, id, known)
		}
		if !ok && k != 0 {
			want[k] = r.Uint32()
			c.put(k, want[k])
		}
	}
}

// The cache of shapes is exact.
func TestShapeCache(t *testing.T) {
	c := newShapeCache(typegraph.NewShapes(), new(Storage), 0)
	r := rand.New(rand.NewPCG(1, 2))
	want := map[string]typegraph.Shape{}
	for i := range 50000 {
		words := make([]uint32, 3+r.IntN(4))
		for k := range words {
			words[k] = r.Uint32N(8) << r.IntN(30)
		}
		got, _, hash, ok := c.lookup(words)
		s, known := want[fmt.Sprint(words)]
		if ok != known || got != s {
			t.Fatalf("%d: %d %v, want %d %v", words, got, ok, s, known)
		}
		if !ok {
			want[fmt.Sprint(words)] = typegraph.Shape(i + 1)
			c.insert(words, typegraph.Shape(i+1), hash)
			clear(words) // they are the caller's
		}
	}
	if len(want) < 5000 {
		t.Errorf("only %d shapes", len(want))
	}
}

// NameWords calls for the words that package btf has in its table.
func TestNameWords(t *testing.T) {
	for kind := btf.KindInt; kind <= btf.KindEnum64; kind++ {
		for vlen := range 3 {
			n, ok := btf.RecordWords(kind, vlen)
			if !ok {
				continue
			}
			record := make(btf.Record, n)
			record[1] = btf.Info(kind, vlen, false)
			// A shape is the record without its references, in word 2 a 0.
			var want []int
			place := 0
			for i := range record {
				if i > 2 && record.FieldAt(i) == btf.FieldType {
					continue
				}
				if record.FieldAt(i) == btf.FieldName {
					want = append(want, place)
				}
				place++
			}
			shape := make([]uint32, place)
			shape[1] = record[1]
			var got []int
			NameWords(shape, func(i int) { got = append(got, i) })
			if !slices.Equal(got, want) {
				t.Errorf("%v of %d: words %d, want %d", kind, vlen, got, want)
			}
		}
	}
}

// sectionFile is a file with one section .x.
func sectionFile(t *testing.T, data []byte) *section {
	t.Helper()
	f, err := elffile.Open((&dwarftest.File{Sections: []dwarftest.Section{{Name: ".x", Data: data}}}).WriteFile(t, "a.elf"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	s := newSection(f, ".x")
	return &s
}

// A window has the bytes of the section, at least as many as are asked for or as
// there are.
func TestWindow(t *testing.T) {
	data := make([]byte, 3*windowSize+100)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	one, other := sectionFile(t, data), sectionFile(t, data[100:])
	var w window
	for range 2000 {
		sec, content := one, data
		if r.IntN(4) == 0 {
			sec, content = other, data[100:]
		}
		off, need := uint64(r.IntN(len(content)+100)), uint64(r.IntN(windowSize))
		switch r.IntN(10) {
		case 0:
			need = r.Uint64()
		case 1:
			off = r.Uint64()
		}
		b, err := w.from(sec, off, need)
		if err != nil {
			t.Fatal(err)
		}
		if off >= uint64(len(content)) {
			if len(b) != 0 {
				t.Fatalf("%d bytes at %#x", len(b), off)
			}
			continue
		}
		rest := content[off:]
		if uint64(len(b)) < min(need, uint64(len(rest))) || !bytes.HasPrefix(rest, b) {
			t.Fatalf("%d bytes at %#x of %d, want %d", len(b), off, len(content), need)
		}
	}
}

// Strings and numbers of a section end where it ends.
func TestSectionData(t *testing.T) {
	s := sectionFile(t, []byte("one\x00two\x00\x00rest"))
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	for off, want := range map[uint64]string{0: "one", 2: "e", 3: "", 4: "two", 8: "", 9: "!no string at .x+0x9",
		12: "!no string at .x+0xc", 13: "!no string at .x+0xd", 1<<64 - 1: "!no string at .x+0xffffffffffffffff"} {
		got, err := s.cstring(off)
		if err != nil {
			got = []byte("!" + err.Error())
		}
		if string(got) != want {
			t.Errorf("string at %#x: %q, want %q", off, got, want)
		}
	}
	for _, tc := range []struct {
		off  uint64
		size int
		want uint64
		ok   bool
	}{
		{0, 4, 0x00656e6f, true}, {9, 4, 0x74736572, true}, {10, 4, 0, false},
		{5, 8, binary.LittleEndian.Uint64([]byte("wo\x00\x00rest")), true}, {6, 8, 0, false},
		{1<<64 - 4, 8, 0, false},
	} {
		got, err := s.word(tc.off, tc.size, binary.LittleEndian)
		if (err == nil) != tc.ok || got != tc.want {
			t.Errorf("%d bytes at %#x: %#x, error %v, want %#x", tc.size, tc.off, got, err, tc.want)
		}
	}
	long := sectionFile(t, append(bytes.Repeat([]byte("x"), maxString), 0))
	if err := long.load(); err != nil {
		t.Fatal(err)
	}
	if _, err := long.cstring(0); err == nil {
		t.Error("no error for a string that is too long")
	}
	if b, err := long.cstring(1); err != nil || len(b) != maxString-1 {
		t.Errorf("%d bytes, error %v", len(b), err)
	}
}

package typegraph

import (
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/gopahole/gopahole/btf"
)

func TestShapes(t *testing.T) {
	s := NewShapes()
	if s.Len() != 1 || s.Words(0) != nil {
		t.Errorf("new: %d shapes, void is %v", s.Len(), s.Words(0))
	}
	long := make([]uint32, arenaBlock)
	inputs := [][]uint32{nil, {0}, {0, 0}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 5, 4}, long, long[1:]}
	var got []Shape
	for _, words := range inputs {
		words = slices.Clone(words)
		sh := s.Intern(words)
		if slices.Contains(got, sh) || sh == 0 {
			t.Errorf("%v: shape %d is taken", words, sh)
		}
		got = append(got, sh)
		clear(words) // the interner has a copy
	}
	for i, words := range inputs {
		if sh := s.Intern(words); sh != got[i] {
			t.Errorf("%v: shape %d, then %d", words, got[i], sh)
		}
		if !slices.Equal(s.Words(got[i]), words) {
			t.Errorf("shape %d: words %v, want %v", got[i], s.Words(got[i]), words)
		}
	}
	if s.Len() != 1+len(inputs) {
		t.Errorf("%d shapes, want %d", s.Len(), 1+len(inputs))
	}
}

// TestShapesConcurrent lets goroutines intern the same words in different
// orders, enough to make tables grow meanwhile.
func TestShapesConcurrent(t *testing.T) {
	const n, workers = 5000, 4
	s := NewShapes()
	var got [workers][n]Shape
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range n {
				x := uint32((i*7 + w*1000) % n)
				words := []uint32{x, x * x, 5}
				sh := s.Intern(words)
				got[w][x] = sh
				if !slices.Equal(s.Words(sh), words) {
					t.Errorf("shape %d: %v, want %v", sh, s.Words(sh), words)
				}
			}
		})
	}
	wg.Wait()
	for w := range workers {
		if got[w] != got[0] {
			t.Fatalf("worker %d has other shapes", w)
		}
	}
	if s.Len() != n+1 {
		t.Errorf("%d shapes, want %d", s.Len(), n+1)
	}
}

// TestSizes pins what there are millions of.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(node{}); n != 16 {
		t.Errorf("a node has %d bytes, want 16", n)
	}
	if n := unsafe.Sizeof(shapeInfo{}); n != 12 {
		t.Errorf("a shapeInfo has %d bytes, want 12", n)
	}
}

// TestRecord splits a record of every kind and puts it together again.
func TestRecord(t *testing.T) {
	records := map[btf.Kind]btf.Record{
		btf.KindInt:       {7, btf.Info(btf.KindInt, 0, false), 4, 1<<24 | 32},
		btf.KindPtr:       {0, btf.Info(btf.KindPtr, 0, false), 11},
		btf.KindArray:     {0, btf.Info(btf.KindArray, 0, false), 0, 11, 12, 5},
		btf.KindStruct:    {7, btf.Info(btf.KindStruct, 2, true), 8, 21, 11, 31, 22, 12, 32},
		btf.KindUnion:     {7, btf.Info(btf.KindUnion, 1, false), 8, 21, 11, 31},
		btf.KindEnum:      {7, btf.Info(btf.KindEnum, 2, true), 4, 21, 31, 22, 32},
		btf.KindFwd:       {7, btf.Info(btf.KindFwd, 0, true), 0},
		btf.KindTypedef:   {7, btf.Info(btf.KindTypedef, 0, false), 11},
		btf.KindVolatile:  {0, btf.Info(btf.KindVolatile, 0, false), 11},
		btf.KindConst:     {0, btf.Info(btf.KindConst, 0, false), 11},
		btf.KindRestrict:  {0, btf.Info(btf.KindRestrict, 0, false), 11},
		btf.KindFunc:      {7, btf.Info(btf.KindFunc, 2, false), 11},
		btf.KindFuncProto: {0, btf.Info(btf.KindFuncProto, 2, false), 11, 21, 12, 0, 0},
		btf.KindVar:       {7, btf.Info(btf.KindVar, 0, false), 11, 1},
		btf.KindDatasec:   {7, btf.Info(btf.KindDatasec, 2, false), 16, 11, 0, 8, 12, 8, 8},
		btf.KindFloat:     {7, btf.Info(btf.KindFloat, 0, false), 8},
		btf.KindDeclTag:   {7, btf.Info(btf.KindDeclTag, 0, true), 11, 1<<32 - 1},
		btf.KindTypeTag:   {7, btf.Info(btf.KindTypeTag, 0, false), 11},
		btf.KindEnum64:    {7, btf.Info(btf.KindEnum64, 1, false), 8, 21, 31, 32},
		btf.KindLocParam:  {0, btf.Info(btf.KindLocParam, 2, false), 8, 0x29, 31, 32},
		btf.KindLocProto:  {0, btf.Info(btf.KindLocProto, 2, false), 0, 11, 0},
		btf.KindLocsec:    {7, btf.Info(btf.KindLocsec, 2, false), 0, 11, 12, 31, 13, 12, 32},
	}
	for kind := btf.KindInt; kind.Known(); kind++ {
		rec := records[kind]
		if rec == nil {
			t.Errorf("%v is not tested", kind)
			continue
		}
		shape, edges := SplitRecord(nil, nil, rec)
		var want []uint32
		for ref := range rec.Refs() {
			want = append(want, uint32(ref))
		}
		if !slices.Equal(edges, want) {
			t.Errorf("%v: edges %v, want %v", kind, edges, want)
		}
		if len(shape)+len(edges) != len(rec) && len(shape)+len(edges) != len(rec)+1 {
			t.Errorf("%v: shape %v and edges %v of %v", kind, shape, edges, rec)
		}
		info, err := describe(shape)
		if err != nil || int(info.edges) != len(edges) || info.kind != kind {
			t.Errorf("%v: described as %+v, %v", kind, info, err)
		}
		rec.MapNames(func(off btf.StrOff) btf.StrOff { return off + 100 })
		got := AppendRecord([]uint32{99}, shape, edges, func(n uint32) uint32 { return n + 100 })
		if got[0] != 99 || !slices.Equal(got[1:], rec) {
			t.Errorf("%v: %v, want %v", kind, got[1:], rec)
		}
	}
}

package typegraph

import (
	"hash/crc32"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// sampleBase has types of every class.
func sampleBase(t *testing.T) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	p := b.AddPtr(i)
	b.AddConst(p)
	b.AddArray(i, i, 7)
	b.AddStruct("s", 8, btf.Member{Name: "a", Type: i}, btf.Member{Name: "b", Type: i, Offset: 32})
	b.AddStruct("", 4, btf.Member{Name: "a", Type: i})
	b.AddTypedef("s", i)
	b.AddFwd("later", btf.FwdStruct)
	b.AddEnum("e", 4, btf.EnumValue{Name: "E", Value: 1})
	proto := b.AddFuncProto(i, btf.Param{Name: "x", Type: p})
	b.AddFunc("f", btf.LinkageStatic, proto)
	b.AddFunc("g", btf.LinkageGlobal, proto)
	v := b.AddVar("v", btf.LinkageGlobal, i)
	b.AddDatasec(".data", 4, btf.Secinfo{Var: v, Size: 4})
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// The index of types as files have it. If this fails, tables of earlier versions say something
// else now: count up baseindex.Version, and take the new checksum.
func TestIndexIsStable(t *testing.T) {
	b := newBase(sampleBase(t))
	b.seed = 1
	if err := b.index(); err != nil {
		t.Fatal(err)
	}
	b.allFuncs = sync.OnceValue(func() *someTable { return b.indexFuncs(nil) })
	index := b.AppendIndex(nil)
	raw := make([]byte, 0, 4*len(index))
	for _, w := range index {
		raw = append(raw, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	if sum := crc32.ChecksumIEEE(raw); sum != 0x71c35cb4 {
		t.Errorf("%d words with checksum %#x", len(index), sum)
	}
}

// A base with an index finds all that the base itself finds.
func TestNewIndexedBase(t *testing.T) {
	types := sampleBase(t)
	plain, err := NewBase(types)
	if err != nil {
		t.Fatal(err)
	}
	index := plain.AppendIndex(nil)
	b, err := NewIndexedBase(types, index)
	if err != nil {
		t.Fatal(err)
	}
	for id := uint32(1); id < b.n; id++ {
		rec := b.record(id)
		words, _ := SplitRecord(nil, nil, rec)
		switch kinds[rec.Kind()].class {
		case classRef:
			if got := b.ofRecord(nil, rec, 9, b.allFuncs()); len(got) != 1 || got[0] != id {
				t.Errorf("[%d] %v by record: %v", id, rec.Kind(), got)
			}
		case classDistinct:
		default:
			if got := b.ofContent(nil, words); len(got) != 1 || got[0] != id {
				t.Errorf("[%d] %v by content: %v", id, rec.Kind(), got)
			}
		}
	}
	for n := range index {
		if _, err := NewIndexedBase(types, index[:n]); err == nil {
			t.Errorf("no error for %d words of %d", n, len(index))
		}
	}
}

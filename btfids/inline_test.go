package btfids_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// hasCode answers for SplitInline: these functions have code.
func hasCode(with ...string) func(map[string]bool) error {
	return func(names map[string]bool) error {
		for _, name := range with {
			if _, ok := names[name]; ok {
				names[name] = true
			}
		}
		return nil
	}
}

// TestSplitInline is T2-A without files: what was only inlined goes, what has a tag or
// code stays, and sites are sorted. What resolve_btfids makes of more is in TestResolve73.
func TestSplitInline(t *testing.T) {
	types := goldentest.Parse(t, `[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1
	'r' type_id=7
[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[3] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg1'
[4] LOC_PROTO '(anon)' vlen=1
	type_id=3 value='reg1'
[5] LOC_PROTO '(anon)' vlen=0
[6] LOCSEC '.text' vlen=5
	name='tagged' func_type_id=10 loc_proto_type_id=5 offset=128
	name='inline_only' func_type_id=8 loc_proto_type_id=4 offset=128
	name='inline_only' func_type_id=8 loc_proto_type_id=4 offset=0
	name='outlined' func_type_id=9 loc_proto_type_id=5 offset=128
	name='outlined' func_type_id=9 loc_proto_type_id=5 offset=0
[7] PTR '(anon)' type_id=12
[8] FUNC 'inline_only' type_id=1 linkage=static
[9] FUNC 'outlined' type_id=2 linkage=static
[10] FUNC 'tagged' type_id=2 linkage=static
[11] DECL_TAG 'keep' type_id=10 component_idx=-1
[12] STRUCT 'result' size=4 vlen=0
`, nil)
	main, inline, err := btfids.SplitInline(types, hasCode("outlined", "nothing"))
	if err != nil {
		t.Fatal(err)
	}
	want := `[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[2] PTR '(anon)' type_id=6
[3] FUNC 'outlined' type_id=1 linkage=static
[4] FUNC 'tagged' type_id=1 linkage=static
[5] DECL_TAG 'keep' type_id=4 component_idx=-1
[6] STRUCT 'result' size=4 vlen=0
[7] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1
	'r' type_id=2
[8] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg1'
[9] LOC_PROTO '(anon)' vlen=1
	type_id=8 value='reg1'
[10] LOC_PROTO '(anon)' vlen=0
[11] LOCSEC '.text' vlen=5
	name='outlined' func_type_id=3 loc_proto_type_id=10 offset=0
	name='outlined' func_type_id=3 loc_proto_type_id=10 offset=128
	name='tagged' func_type_id=4 loc_proto_type_id=10 offset=128
	name='inline_only' func_type_id=12 loc_proto_type_id=9 offset=0
	name='inline_only' func_type_id=12 loc_proto_type_id=9 offset=128
[12] FUNC 'inline_only' type_id=7 linkage=static
`
	if diff := cmp.Diff(want, goldentest.Dump(t, main)+goldentest.Dump(t, inline)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if text := main.Text(); text != "\x00outlined\x00tagged\x00keep\x00result\x00" {
		t.Errorf("strings of main: %q", text)
	}
	if inline.Base() != main || !main.HasLongHeader() || !inline.HasLongHeader() || main.HasLayout() {
		t.Error("base or form")
	}
}

// TestSplitInlineDeep is T2-B: a cycle ends, and a chain of 50,000 pointers takes no
// stack. Types of a base stay where they are.
func TestSplitInlineDeep(t *testing.T) {
	base := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	b := btf.NewBuilder(nil, base)
	ptr := b.NextID() + 1
	b.AddStruct("s", 8, btf.Member{Name: "self", Type: ptr})
	b.AddPtr(ptr - 1)
	last := b.AddPtr(1)
	for range 50000 {
		last = b.AddPtr(last)
	}
	proto := b.AddFuncProto(last, btf.Param{Name: "s", Type: ptr})
	fn := b.AddFunc("gone", btf.LinkageStatic, proto)
	b.AddLocsec(".text", btf.LocSite{Func: fn, Proto: b.AddLocProto(0), Offset: 4})
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	main, inline, err := btfids.SplitInline(types, hasCode())
	if err != nil {
		t.Fatal(err)
	}
	if got := main.NumIDs() - main.FirstID(); got != 50003 {
		t.Errorf("%d types in main", got)
	}
	if dump := goldentest.Dump(t, inline); strings.Count(dump, "\n[") != 3 || inline.Base() != main {
		t.Errorf("inline:\n%s", dump)
	}
}

// TestSplitInlineErrors: who cannot tell what has code ends it.
func TestSplitInlineErrors(t *testing.T) {
	types := goldentest.Parse(t, `[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[2] FUNC 'f' type_id=1 linkage=static
[3] LOC_PROTO '(anon)' vlen=0
[4] LOCSEC '.text' vlen=1
	name='f' func_type_id=2 loc_proto_type_id=3 offset=0
`, nil)
	fails := errors.New("no")
	if _, _, err := btfids.SplitInline(types, func(map[string]bool) error { return fails }); !errors.Is(err, fails) {
		t.Error(err)
	}
}

// FuzzSplitInline splits any BTF: no type and no name is lost, sites are in order, and
// main has no type of BTF inline that nothing else there leads to.
func FuzzSplitInline(f *testing.F) {
	b := btf.NewBuilder(nil, nil)
	n := b.AddInt("int", 4, btf.EncodingSigned)
	proto := b.AddFuncProto(n, btf.Param{Name: "a", Type: b.AddPtr(n)})
	fn, kept := b.AddFunc("fn", btf.LinkageStatic, proto), b.AddFunc("kept", btf.LinkageGlobal, proto)
	loc := b.AddLocProto(b.AddLocParam(8, btf.LocReg, 5))
	b.AddLocsec(".text", btf.LocSite{Func: kept, Proto: loc, Offset: 8}, btf.LocSite{Func: fn, Proto: loc, Offset: 4})
	b.AddDeclTag("tag", kept, -1)
	types, err := b.Build()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(types.Bytes())
	f.Add(types.WithFullLayout().Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		types, err := btf.Parse(raw, nil)
		if err != nil || types.HasUnknownHeader() {
			return
		}
		main, inline, err := btfids.SplitInline(types, hasCode("kept"))
		if err != nil {
			return
		}
		names := map[string]int{}
		for id := range types.Own() {
			names[types.Name(id)]++
		}
		reached := map[btf.ID]bool{}
		for id, rec := range main.Own() {
			names[main.Name(id)]--
			for ref := range rec.Refs() {
				reached[ref] = true
			}
		}
		for id, rec := range main.Own() {
			if k := rec.Kind(); (k == btf.KindLocParam || k == btf.KindLocProto || k == btf.KindLocsec) && !reached[id] {
				t.Errorf("[%d] %v is in main", id, k)
			}
		}
		for id, rec := range inline.Own() {
			names[inline.Name(id)]--
			last := btf.LocSite{}
			for _, s := range rec.LocSites() {
				if s.Func < last.Func || s.Func == last.Func && s.Offset < last.Offset {
					t.Errorf("[%d]: sites are not sorted", id)
				}
				last = s
			}
		}
		for name, n := range names {
			if n != 0 {
				t.Errorf("%q: %d too many", name, n)
			}
		}
		if _, err := btf.Parse(inline.Bytes(), main); err != nil {
			t.Error(err)
		}
	})
}

package btf_test

import (
	"iter"
	"math"
	"reflect"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// everyKind builds a type of every kind, with two elements where there are any.
func everyKind(t *testing.T) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, nil)
	b.AddInt("int", 4, btf.EncodingSigned)                                                                                     // 1
	b.AddPtr(1)                                                                                                                // 2
	b.AddArray(2, 1, 7)                                                                                                        // 3
	b.AddStruct("s", 8, btf.Member{Name: "a", Type: 1, Offset: 3, Width: 5}, btf.Member{Type: 1, Offset: 32})                  // 4
	b.AddUnion("u", 4, btf.Member{Name: "a", Type: 1}, btf.Member{Name: "b", Type: 2})                                         // 5
	b.AddEnum("e", 4, btf.EnumValue{Name: "E0", Value: -1}, btf.EnumValue{Name: "E1", Value: 1})                               // 6
	b.AddFwd("f", btf.FwdUnion)                                                                                                // 7
	b.AddTypedef("t", 4)                                                                                                       // 8
	b.AddVolatile(8)                                                                                                           // 9
	b.AddConst(9)                                                                                                              // 10
	b.AddRestrict(2)                                                                                                           // 11
	b.AddFunc("fn", btf.LinkageGlobal, 13)                                                                                     // 12
	b.AddFuncProto(1, btf.Param{Name: "p", Type: 2}, btf.Param{})                                                              // 13
	b.AddVar("v", btf.LinkageExtern, 1)                                                                                        // 14
	b.AddDatasec(".data", 16, btf.Secinfo{Var: 14, Size: 4}, btf.Secinfo{Var: 14, Offset: 8, Size: 8})                         // 15
	b.AddFloat("double", 8)                                                                                                    // 16
	b.AddDeclTag("tag", 12, 1)                                                                                                 // 17
	b.AddTypeAttr("attr", 1)                                                                                                   // 18
	b.AddEnum64("e64", 8, true, btf.Enum64Value{Name: "A", Value: 1 << 40}, btf.Enum64Value{Name: "B", Value: math.MaxUint64}) // 19
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// fixed is what a record says without its elements.
type fixed struct {
	size      uint32
	of        btf.ID
	integer   btf.IntData
	array     btf.Array
	linkage   btf.Linkage
	component int
}

func TestRecord(t *testing.T) {
	types := everyKind(t)
	want := map[btf.Kind]fixed{
		btf.KindVoid:      {},
		btf.KindInt:       {size: 4, integer: btf.IntData{Encoding: btf.EncodingSigned, Bits: 32}},
		btf.KindPtr:       {of: 1},
		btf.KindArray:     {array: btf.Array{Elem: 2, Index: 1, Len: 7}},
		btf.KindStruct:    {size: 8},
		btf.KindUnion:     {size: 4},
		btf.KindEnum:      {size: 4},
		btf.KindFwd:       {},
		btf.KindTypedef:   {of: 4},
		btf.KindVolatile:  {of: 8},
		btf.KindConst:     {of: 9},
		btf.KindRestrict:  {of: 2},
		btf.KindFunc:      {of: 13, linkage: btf.LinkageGlobal},
		btf.KindFuncProto: {of: 1},
		btf.KindVar:       {of: 1, linkage: btf.LinkageExtern},
		btf.KindDatasec:   {size: 16},
		btf.KindFloat:     {size: 8},
		btf.KindDeclTag:   {of: 12, component: 1},
		btf.KindTypeTag:   {of: 1},
		btf.KindEnum64:    {size: 8},
	}
	for id := btf.ID(0); id <= types.NumIDs(); id++ { // with void, and one too many
		rec := types.Record(id)
		got := fixed{rec.Size(), rec.Type(), rec.Int(), rec.Array(), rec.Linkage(), rec.Component()}
		if got != want[rec.Kind()] {
			t.Errorf("[%d] %v: %+v, want %+v", id, rec.Kind(), got, want[rec.Kind()])
		}
		if s, _ := types.String(rec.NameOff()); s != types.Name(id) {
			t.Errorf("[%d]: name %q, want %q", id, s, types.Name(id))
		}
	}
	for _, id := range []btf.ID{0, types.NumIDs(), math.MaxUint32} {
		if rec := types.Record(id); rec.Kind() != btf.KindVoid || rec.Vlen() != 0 || rec.KindFlag() || rec.Info() != 0 || rec.SizeOrType() != 0 {
			t.Errorf("[%d]: %v", id, rec)
		}
	}
}

func collect[T any](seq iter.Seq2[int, T]) (all []T) {
	for i, v := range seq {
		if i != len(all) {
			panic("elements are not numbered from 0")
		}
		all = append(all, v)
	}
	return all
}

func TestElements(t *testing.T) {
	types := everyKind(t)
	members := map[btf.ID][]btf.Member{
		4: {{Name: "a", Type: 1, Offset: 3, Width: 5}, {Type: 1, Offset: 32}},
		5: {{Name: "a", Type: 1}, {Name: "b", Type: 2}},
	}
	params := map[btf.ID][]btf.Param{13: {{Name: "p", Type: 2}, {}}}
	values := map[btf.ID][]btf.Enum64Value{
		6:  {{Name: "E0", Value: math.MaxUint64}, {Name: "E1", Value: 1}},
		19: {{Name: "A", Value: 1 << 40}, {Name: "B", Value: math.MaxUint64}},
	}
	secinfos := map[btf.ID][]btf.Secinfo{15: {{Var: 14, Size: 4}, {Var: 14, Offset: 8, Size: 8}}}
	for id := btf.ID(0); id <= types.NumIDs(); id++ {
		for _, test := range []struct{ got, want any }{
			{collect(types.Members(id)), members[id]},
			{collect(types.Params(id)), params[id]},
			{collect(types.EnumValues(id)), values[id]},
			{collect(types.Secinfos(id)), secinfos[id]},
		} {
			if !reflect.DeepEqual(test.got, test.want) {
				t.Errorf("[%d]: %+v, want %+v", id, test.got, test.want)
			}
		}
		for range types.Members(id) {
			break // at once
		}
	}
}

// TestRefs: each word that Refs and Names tell of is replaced by the maps, and no
// other.
func TestRefs(t *testing.T) {
	types := everyKind(t)
	for id, rec := range types.All() {
		own := append(btf.Record(nil), rec...)
		own.MapRefs(func(ref btf.ID) btf.ID { return ref + 100 })
		own.MapNames(func(name btf.StrOff) btf.StrOff { return name + 1000 })
		refs, names := 0, 0
		for ref := range own.Refs() {
			if ref < 100 {
				t.Errorf("[%d]: reference to %d was not replaced", id, ref)
			}
			refs++
		}
		for name := range own.Names() {
			if name < 1000 {
				t.Errorf("[%d]: name %d was not replaced", id, name)
			}
			names++
		}
		fields := map[btf.Field]int{}
		for w := range rec {
			fields[rec.FieldAt(w)]++
		}
		if refs != fields[btf.FieldType] || names != fields[btf.FieldName] {
			t.Errorf("[%d]: %d references, %d names, %v", id, refs, names, fields)
		}
		changed := 0
		for w := range rec {
			if rec[w] != own[w] {
				changed++
			}
		}
		if changed != refs+names {
			t.Errorf("[%d]: %d words changed, want %d", id, changed, refs+names)
		}
		for range rec.Refs() {
			break // at once
		}
	}
	for range btf.Record(nil).Names() {
		t.Error("void has a name")
	}
}

func TestPredicates(t *testing.T) {
	type predicates struct{ composite, anyEnum, qualifier, modifier, size, ref bool }
	size, ref := predicates{size: true}, predicates{ref: true}
	mod := predicates{qualifier: true, modifier: true, ref: true}
	want := map[btf.Kind]predicates{
		btf.KindInt: size, btf.KindPtr: ref, btf.KindStruct: {composite: true, size: true}, btf.KindUnion: {composite: true, size: true},
		btf.KindEnum: {anyEnum: true, size: true}, btf.KindTypedef: {modifier: true, ref: true},
		btf.KindVolatile: mod, btf.KindConst: mod, btf.KindRestrict: mod, btf.KindFunc: ref, btf.KindFuncProto: ref,
		btf.KindVar: ref, btf.KindDatasec: size, btf.KindFloat: size, btf.KindDeclTag: ref, btf.KindTypeTag: mod,
		btf.KindEnum64: {anyEnum: true, size: true}, btf.KindLocParam: size,
	}
	for k := range 1 << 8 {
		kind := btf.Kind(k)
		got := predicates{kind.IsComposite(), kind.IsAnyEnum(), kind.IsQualifier(), kind.IsModifier(), kind.HasSize(), kind.HasRef()}
		if got != want[kind] {
			t.Errorf("%v: %+v", kind, got)
		}
	}
}

package diff

import (
	"cmp"

	"github.com/gopahole/gopahole/btf"
)

// A sort is what two types have in common that may be the same one: a kind, or kinds of which
// one may take the place of another.
type sort uint8

// The sorts, in the order of reports.
const (
	noSort sort = iota // what has no name of its own
	structs
	unions
	enums
	constants // enumerators of enums without a name
	typedefs
	funcs
	vars
	ints
	floats
	sections
	notCompared
)

// String is the word of C, where there is one.
func (s sort) String() string {
	return [...]string{"type", "struct", "union", "enum", "enumerator", "typedef", "function", "variable", "int", "float", "section", ""}[s]
}

// sorts has that of each kind; those of FWD depend on its flag.
var sorts = func() (of [1 << 8]sort) {
	for kind := range of {
		of[kind] = notCompared
	}
	for kind, s := range map[btf.Kind]sort{
		btf.KindVoid: noSort, btf.KindPtr: noSort, btf.KindArray: noSort, btf.KindConst: noSort, btf.KindVolatile: noSort,
		btf.KindRestrict: noSort, btf.KindFuncProto: noSort, btf.KindTypeTag: noSort, btf.KindDeclTag: noSort,
		btf.KindInt: ints, btf.KindFloat: floats, btf.KindStruct: structs, btf.KindUnion: unions, btf.KindFwd: structs,
		btf.KindEnum: enums, btf.KindEnum64: enums, btf.KindTypedef: typedefs, btf.KindFunc: funcs, btf.KindVar: vars,
		btf.KindDatasec: sections,
	} {
		of[kind] = s
	}
	return of
}()

func sortOf(rec btf.Record) sort {
	if rec.Kind() == btf.KindFwd && rec.KindFlag() {
		return unions
	}
	return sorts[rec.Kind()]
}

func (t tag) compare(o tag, n *names) int {
	return cmp.Or(cmp.Compare(t.component, o.component), cmp.Compare(n.text[t.name], n.text[o.name]),
		cmp.Compare(flag(t.attribute), flag(o.attribute)))
}

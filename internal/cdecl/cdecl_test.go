package cdecl

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gopahole/gopahole/btf"
)

func TestDeclare(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	integer := b.AddInt("int", 4, btf.EncodingSigned)
	file := b.AddStruct("file", 0)
	table := b.AddArray(integer, integer, 3)
	constant := b.AddConst(integer)
	proto := b.AddFuncProto(integer, btf.Param{Name: "f", Type: b.AddPtr(file)}, btf.Param{})
	unnamed := b.AddUnion("", 0)
	tests := []struct {
		id            btf.ID
		plain, called string
	}{
		{0, "void", "void x"},
		{integer, "int", "int x"},
		{b.AddPtr(constant), "const int *", "const int *x"},
		{b.AddConst(b.AddPtr(integer)), "int *const ", "int *const x"},
		{table, "int[3]", "int x[3]"},
		{b.AddPtr(table), "int (*)[3]", "int (*x)[3]"},
		{b.AddPtr(proto), "int (*)(struct file *f, ...)", "int (*x)(struct file *f, ...)"},
		{b.AddArray(b.AddPtr(proto), integer, 2), "int (*[2])(struct file *f, ...)", "int (*x[2])(struct file *f, ...)"},
		{unnamed, "union { ... }", "union { ... } x"},
		{b.AddFwd("gone", btf.FwdUnion), "union gone", "union gone x"},
		{b.AddEnum("color", 4), "enum color", "enum color x"},
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		if plain, called := Type(types, tt.id), Declare(types, tt.id, "x"); strings.TrimSpace(plain) != strings.TrimSpace(tt.plain) || called != tt.called {
			t.Errorf("type %d: %q and %q, want %q and %q", tt.id, plain, called, tt.plain, tt.called)
		}
	}
}

// TestLong: a text has an end, whatever the types are, and is UTF-8.
func TestLong(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	id := b.AddStruct(strings.Repeat("é", 1000), 0)
	for range 100 {
		id = b.AddFuncProto(id, btf.Param{Name: strings.Repeat("ü", 1000), Type: id}, btf.Param{Name: "x", Type: id})
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for id := range types.All() {
		if text := Type(types, id); len(text) > maxText+3 || !utf8.ValidString(text) {
			t.Errorf("type %d: %q", id, text)
		}
	}
}

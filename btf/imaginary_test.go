package btf_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/verify"
)

const (
	imaginaryBase = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 's' size=4 vlen=1
	'm' type_id=1 bits_offset=0
[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
`
	imaginaryRecord = `[4] IMAGINARY 'x' type_id=2 weight=-7 vlen=2
	'a' type_id=4 val=5
	'b' type_id=1 val=6
`
)

// TestImaginaryKind adds a kind to the table of this package, as a new release of
// Linux would, and asks all packages that read types what they make of it. What needs
// to know no more than where references and names are works at once; who needs a rule
// for each kind says that there is none. ARCHITECTURE.md has the places for the rules.
func TestImaginaryKind(t *testing.T) {
	defer btf.AddImaginary()()
	whole := parseText(t, imaginaryBase+imaginaryRecord, nil)
	base := parseText(t, imaginaryBase, nil)
	split := parseText(t, imaginaryRecord, base)
	over := parseText(t, "[5] PTR '(anon)' type_id=4\n", whole) // its base has the kind

	t.Run("btf", func(t *testing.T) {
		if text := dump(t, whole); text != imaginaryBase+imaginaryRecord {
			t.Errorf("printed as\n%s", text)
		}
		for _, raw := range [][]byte{whole.Bytes(), whole.WithLayout(true).Bytes(), whole.WithByteOrder(binary.BigEndian).Bytes()} {
			if back, err := btf.Parse(raw, nil); err != nil || !bytes.Equal(back.Bytes(), raw) {
				t.Errorf("read back: %v", err)
			}
		}
		for _, wrong := range []string{
			"[4] IMAGINARY 'x' type_id=5 weight=0 vlen=0\n", "[4] IMAGINARY 'x' type_id=1 weight=0 vlen=1\n\t'a' type_id=5 val=0\n",
		} {
			if _, err := btf.ParseText(wrong, base); !errors.As(err, new(*btf.ParseError)) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		sorted, err := btf.SortByName(whole)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := sorted.Find(btf.Imaginary, "x")
		s, _ := sorted.Find(btf.KindStruct, "s")
		integer, _ := sorted.Find(btf.KindInt, "int")
		if refs := slices.Collect(sorted.Record(id).Refs()); !slices.Equal(refs, []btf.ID{s, id, integer}) {
			t.Errorf("sorted, it refers to %d", refs)
		}
		b := btf.NewBuilder(nil, nil)
		b.AddPtr(0)
		b.AddTypes(whole)
		if built, err := b.Build(); err != nil || built.Record(5).Type() != 3 {
			t.Errorf("added to others: %v", err)
		}
	})
	t.Run("unknown again", func(t *testing.T) {
		raw, plain := whole.WithLayout(true).Bytes(), whole.Bytes()
		btf.AddImaginary()()
		defer func() { btf.AddImaginary() }()
		types, err := btf.Parse(raw, nil)
		if err != nil || len(types.Record(4)) != len(whole.Record(4)) {
			t.Errorf("with a layout section: %v", err)
		}
		if _, err := btf.Parse(plain, nil); !errors.As(err, new(*btf.ParseError)) {
			t.Errorf("without a layout section: %v", err)
		}
	})
	t.Run("dedup", func(t *testing.T) {
		for _, types := range []*btf.Types{whole, split, over} {
			if _, err := dedup.Dedup(context.Background(), types, dedup.Options{}); !errors.As(err, new(*dedup.UnknownKindError)) {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("distill", func(t *testing.T) {
		distilled, out, err := distill.Distill(split, distill.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := out.Find(btf.Imaginary, "x"); !ok || distilled.Name(out.Record(id).Type()) != "s" {
			t.Errorf("got\n%s%s", dump(t, distilled), dump(t, out))
		}
		if _, _, err := distill.Distill(over, distill.Options{}); !errors.As(err, new(*distill.KindError)) {
			t.Errorf("in the base: %v", err)
		}
		moved, err := relocate.Relocate(out, relocate.NewTarget(base))
		if err != nil || dump(t, moved) != imaginaryRecord {
			t.Errorf("relocated: %v", err)
		}
		if _, err := relocate.Relocate(out, relocate.NewTarget(whole)); err != nil {
			t.Errorf("relocated to a target with the kind: %v", err)
		}
		if _, err := relocate.Relocate(over, relocate.NewTarget(base)); !errors.As(err, new(*relocate.Error)) {
			t.Errorf("relocated from a distilled base with the kind: %v", err)
		}
	})
	t.Run("verify", func(t *testing.T) {
		for _, r := range kernel.Rules() {
			for _, load := range []bool{false, true} {
				o := verify.Options{Release: r, Load: load, More: 10}
				if rep := verify.Check(whole.Bytes(), o); rep.Refusal == nil || rep.Refusal.Message != "Invalid kind:23" {
					t.Errorf("Linux %v: %v", r, rep.Verdict())
				}
				newer := *r
				newer.LastKind = btf.Imaginary
				o.Release = &newer
				if rep := verify.Check(whole.Bytes(), o); rep.Verdict() != verify.Unknown {
					t.Errorf("a kernel like %v that has the kind: %v", r, rep.Verdict())
				}
			}
		}
	})
	t.Run("btfids", func(t *testing.T) {
		file := dwarftest.File{
			Sections: []dwarftest.Section{{Name: btfids.SectionName, Data: make([]byte, 8)}},
			Symbols: []dwarftest.Symbol{
				{Name: "__BTF_ID__struct__s__1", Size: 4, Section: btfids.SectionName},
				{Name: "__BTF_ID__struct__x__2", Value: 4, Size: 4, Section: btfids.SectionName},
			},
		}
		image := file.Build(t)
		f, err := elffile.New("file", bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		table, err := btfids.Read(f)
		if err != nil {
			t.Fatal(err)
		}
		result := table.Resolve(whole)
		if id := binary.LittleEndian.Uint32(result.Data); id != 2 || len(result.Warnings) != 1 {
			t.Errorf("ID %d, %v", id, result.Warnings)
		}
		if got, err := btfids.ImplicitArgs(whole, table); err != nil || got != whole {
			t.Errorf("implicit arguments: %v", err)
		}
		if got, _, err := btfids.TagKfuncs(whole, table); err != nil || got != whole {
			t.Errorf("tags: %v", err)
		}
	})
	t.Run("dwarf2btf", func(t *testing.T) {
		if _, err := dwarf2btf.NewBase(whole, dwarf2btf.BaseOptions{}); err == nil {
			t.Error("taken as a base")
		}
	})
	t.Run("elffile", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "raw.btf")
		if err := os.WriteFile(name, whole.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := elffile.OpenBTF(name, nil); err != nil || got.NumIDs() != whole.NumIDs() {
			t.Errorf("%v", err)
		}
	})
}

package dwarf2btf_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
)

// TestDamagedBase damages the base type by type, where CheckRecords would notice it: IDs and
// names that do not exist. A conversion that comes across the type ends with the error of
// CheckRecord; the result of another one refers to no damaged type.
func TestDamagedBase(t *testing.T) {
	image := filetest.Read(t, "../testdata/dwarf/mix-gcc-dwarf5.elf")
	module := filetest.Read(t, "../testdata/dwarf/module-gcc-dwarf5.o")
	first, err := convert(image, dwarf2btf.Options{Features: features.Default()})
	if err != nil {
		t.Fatal(err)
	}
	good := first.BTF
	met, passed := 0, 0
	for _, input := range [][]byte{image, module} {
		for id := btf.ID(1); id < good.NumIDs(); id++ {
			for i, damage := range []func(rec btf.Record){
				func(rec btf.Record) { rec.MapRefs(func(btf.ID) btf.ID { return good.NumIDs() }) },
				func(rec btf.Record) { rec.MapRefs(func(btf.ID) btf.ID { return 1<<32 - 1 }) },
				func(rec btf.Record) { rec.MapNames(func(btf.StrOff) btf.StrOff { return good.StringEnd() + 1 }) },
				func(rec btf.Record) { // but the first name, by which it is found
					n := 0
					rec.MapNames(func(name btf.StrOff) btf.StrOff {
						if n++; n > 1 {
							name = good.StringEnd() + 1
						}
						return name
					})
				},
			} {
				words := slices.Clone(good.Words())
				rec := btf.Record(words[good.Starts()[id-1]:good.Starts()[id]])
				damage(rec)
				if slices.Equal(words, good.Words()) {
					continue // it has nothing of that sort
				}
				base, want := damagedBase(t, good, words, id)
				for range 2 { // with a new workspace, and with what is left of the first one
					res, err := convert(input, dwarf2btf.Options{Base: base, Features: features.Default()})
					if err != nil {
						var damaged *dwarf2btf.BaseError
						if met++; !errors.As(err, &damaged) || damaged.Err.Error() != want.Error() {
							t.Fatalf("[%d], damage %d: %v, want %v", id, i, err, want)
						}
						continue
					}
					passed++
					for _, rec := range res.BTF.Own() {
						if slices.Contains(slices.Collect(rec.Refs()), id) {
							t.Fatalf("[%d], damage %d: the result refers to it", id, i)
						}
					}
				}
			}
		}
	}
	if met == 0 || passed == 0 {
		t.Errorf("%d conversions came across the damaged type, %d did not", met, passed)
	}
}

// damagedBase returns a base with other words, and the error of its damaged type.
func damagedBase(t *testing.T, good *btf.Types, words []uint32, id btf.ID) (*dwarf2btf.Base, error) {
	t.Helper()
	raw := good.Bytes()
	header := len(raw) - len(good.Text()) - 4*len(words)
	for i, w := range words {
		good.ByteOrder().PutUint32(raw[header+4*i:], w)
	}
	types, err := btf.LoadLoose(bytes.NewReader(raw), int64(len(raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	damaged := types.CheckRecord(id)
	if damaged == nil {
		t.Fatalf("[%d] is not damaged", id)
	}
	base, err := dwarf2btf.NewBase(types, dwarf2btf.BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return base, damaged
}

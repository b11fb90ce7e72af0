package module_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/module"
)

// TestLost: a module that was finished and then lost its BTF is finished again as it was, if its IDs are those that its
// types get, and else refused.
func TestLost(t *testing.T) {
	linked, err := elffile.Open("../testdata/dwarf/kfuncs-gcc-dwarf5.elf")
	if err != nil {
		t.Fatal(err)
	}
	defer linked.Close()
	types := ints(t, "a", "b", "c")
	for _, tc := range []struct {
		name, release string
		base          *btf.Types
		keep          bool // the BTF that is lost was not distilled
	}{
		{"no base", "6.12.0", nil, false},
		{"distilled", "6.12.0", types, false},
		{"split", "6.12.0", types, true},
		{"sorted", "7.2.0", types, false},
		{"sorted and split", "7.2.0", types, true},
		{"tags of the sets", "7.3.0", types, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			build := func(f *elffile.File, keep bool) (*module.Module, error) {
				m := module.New(f)
				var opts dwarf2btf.Options
				if tc.base != nil {
					var err error
					if opts.Base, err = dwarf2btf.NewBase(tc.base, dwarf2btf.BaseOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				steps, err := module.Build(tc.release, opts, module.BuildOptions{KeepBase: keep})
				if err != nil {
					t.Fatal(err)
				}
				return m, module.Run(context.Background(), m, steps...)
			}
			filled := func(ids []byte) *elffile.File {
				f, err := linked.WithData(linked.Section(btfids.SectionName), ids)
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			first, err := build(linked, tc.keep)
			if err != nil {
				t.Fatal(err)
			}
			want, err := build(linked, false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := build(filled(first.IDs), false)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.IDs, want.IDs) || !bytes.Equal(got.BTF.Bytes(), want.BTF.Bytes()) {
				t.Errorf("IDs\n%x, want\n%x; types equal: %v", got.IDs, want.IDs, bytes.Equal(got.BTF.Bytes(), want.BTF.Bytes()))
			}
			remade := false
			for _, w := range got.Warnings {
				note, is := w.(module.RemadeNote)
				remade = remade || is && note.Moved > 0
			}
			if !remade {
				t.Errorf("warnings %v", got.Warnings)
			}

			// IDs of other types: the first set begins with its count, its flags, and the first pair.
			other := bytes.Clone(first.IDs)
			for at := 8; at+8 <= len(other); at += 8 {
				if id := binary.LittleEndian.Uint32(other[at:]); id != 0 {
					binary.LittleEndian.PutUint32(other[at:], id+1)
				}
			}
			if _, err := build(filled(other), false); !errors.As(err, new(*module.FilledError)) {
				t.Errorf("other IDs: %v", err)
			}
		})
	}
}

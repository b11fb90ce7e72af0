package dwarf2btf_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// TestFinished: flags in a section .BTF_ids with IDs are those at its symbols, with a warning, or an error.
func TestFinished(t *testing.T) {
	f, err := elffile.Open("../testdata/dwarf/kfuncs-gcc-dwarf5.elf")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	section := f.Section(".BTF_ids")
	data, err := f.SectionData(section)
	if err != nil {
		t.Fatal(err)
	}
	data[8] = 7 // an ID
	view, err := f.WithData(section, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, refuse := range []bool{false, true} {
		var said []string
		opts := dwarf2btf.Options{Features: features.Default(), RefuseFinished: refuse, Jobs: 1,
			Report: func(d dwarf2btf.Diagnostic) { said = append(said, d.Msg) }}
		_, err := dwarf2btf.Convert(context.Background(), []*elffile.File{view}, opts)
		if (err != nil) != refuse || refuse && !strings.Contains(err.Error(), ".BTF_ids is filled in already, and sorted, so that") {
			t.Errorf("refuse %v: %v", refuse, err)
		}
		if !refuse && (len(said) != 1 || !strings.HasPrefix(said[0], ".BTF_ids is filled in already, and sorted: kernel functions get tags")) {
			t.Errorf("%q", said)
		}
		opts.Features = opts.Features.Without(features.DeclTagKfuncs)
		if said = nil; refuse {
			if _, err := dwarf2btf.Convert(context.Background(), []*elffile.File{view}, opts); err != nil || said != nil {
				t.Errorf("without tags: %v, %q", err, said)
			}
		}
	}
}

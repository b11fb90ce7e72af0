package e2e

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// fuzzObjects are small and differ in what a reader has to do: versions, byte order, classes, tables, merging, tags.
var fuzzObjects = []string{
	"mix-gcc-dwarf2.elf", "units-gcc-dwarf4.elf", "units-gcc-dwarf5.elf", "nocall-clang-dwarf5.elf", "units-clang-dwarf64.elf",
	"mix-mips-gcc-dwarf5.elf", "mix-s390x-clang-dwarf5.elf", "units-type-units-dwarf4.elf", "units-dwz.elf", "units-gcc-lto.elf",
	"tags-clang-dwarf5.elf", "tags-gcc-dwarf5.elf", "kfuncs-gcc-dwarf5.elf", "bitfields-gcc-dwarf2.elf", "rust-rustc-dwarf4.elf",
	"module-gcc-dwarf4.o", "module-clang-dwarf5.o", "module-i386-gcc-dwarf5.o", "module-riscv64-gcc-dwarf4.o", "module-mips64el-gcc-dwarf5.o",
}

// fuzzSections are those that the encoder reads.
var fuzzSections = []string{
	".debug_info", ".debug_abbrev", ".debug_str", ".debug_line_str", ".debug_str_offsets", ".debug_addr", ".debug_loc",
	".debug_loclists", ".debug_types", ".symtab", ".strtab", ".BTF_ids", ".rela.debug_info", ".rel.debug_info", ".rela.debug_str_offsets", ".rela.debug_loc",
}

// fuzzLimit is what a file of some kilobytes may take, on a machine that does other things too. Most take less than a
// millisecond.
const fuzzLimit = 5 * time.Second

// FuzzConvert overwrites a part of a section of an object and encodes the result. Whatever that is: there is no panic,
// one worker and two give the same, and what is given reads as BTF.
func FuzzConvert(f *testing.F) {
	var images [][]byte
	for i, object := range fuzzObjects {
		image, err := os.ReadFile(filepath.Join(root, "testdata/dwarf", object))
		if err != nil {
			f.Fatal(err)
		}
		images = append(images, image)
		f.Add(uint8(i), uint8(0), uint16(0), []byte{})
		f.Add(uint8(i), uint8(i), uint16(11+i), []byte{0x80 + uint8(i)})
	}
	f.Fuzz(func(t *testing.T, object, section uint8, at uint16, patch []byte) {
		image := append([]byte(nil), images[int(object)%len(images)]...)
		name := fuzzSections[int(section)%len(fuzzSections)]
		if data := sectionOf(t, image, name); len(data) > 0 {
			copy(data[int(at)%len(data):], patch)
		}
		start := time.Now()
		one, errOne := convert(image, 1)
		if took := time.Since(start); took > fuzzLimit {
			t.Errorf("%d bytes took %v", len(image), took)
		}
		two, errTwo := convert(image, 2)
		if (errOne == nil) != (errTwo == nil) || !bytes.Equal(one, two) {
			t.Errorf("one worker: %d bytes, error %v; two: %d bytes, error %v", len(one), errOne, len(two), errTwo)
		}
		if errOne != nil || one == nil {
			return
		}
		types, err := btf.Parse(one, nil)
		if err != nil {
			t.Fatalf("the output does not read: %v", err)
		}
		if !bytes.Equal(types.Bytes(), one) {
			t.Error("the output reads as something else")
		}
	})
}

// sectionOf returns a section of an image in place.
func sectionOf(t *testing.T, image []byte, name string) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Section(name); s != nil && s.Type != elf.SHT_NOBITS {
		return image[s.Offset : s.Offset+s.FileSize]
	}
	return nil
}

func convert(image []byte, jobs int) ([]byte, error) {
	file, err := elffile.New("input", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	result, err := dwarf2btf.Convert(context.Background(), []*elffile.File{file}, dwarf2btf.Options{
		Features: features.Default() | features.GlobalVar | features.Attributes | features.TrueSignature,
		Jobs:     jobs,
	})
	if err != nil || result.BTF == nil {
		return nil, err
	}
	return result.BTF.Bytes(), nil
}

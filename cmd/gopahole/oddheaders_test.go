package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
)

// TestOddHeaders sets each field of the headers to values that do not suit it. BTF is
// put into the file so that dump and every other reader finds it, or the file stays as
// it was with a line that says why.
func TestOddHeaders(t *testing.T) {
	const ehdr, shdr = 64, 64
	image := encodedObject(t)
	shoff := binary.LittleEndian.Uint64(image[40:])
	shnum := int(binary.LittleEndian.Uint16(image[60:]))
	type field struct {
		name string
		off  uint64
		size int // in bytes
	}
	var fields []field
	add := func(name string, start uint64, sizes ...int) {
		off := start
		for i, size := range sizes {
			fields = append(fields, field{fmt.Sprintf("%s field %d", name, i), off, size})
			off += uint64(size)
		}
	}
	add("file header", 16, 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2)
	for i := range shnum {
		add(fmt.Sprintf("section %d", i), shoff+uint64(i)*shdr, 4, 4, 8, 8, 8, 8, 4, 4, 8, 8)
	}
	values := []uint64{0, 1, 3, 8, 0xff00, 0xffff, 1 << 31, 1 << 63, ^uint64(0), uint64(len(image)), shoff}
	if testing.Short() {
		values = values[:4]
	}
	file := filepath.Join(t.TempDir(), "odd.ko")
	written := 0
	for _, f := range fields {
		for _, v := range values {
			odd := bytes.Clone(image)
			var word [8]byte
			binary.LittleEndian.PutUint64(word[:], v)
			copy(odd[f.off:][:f.size], word[:])
			if err := os.WriteFile(file, odd, 0o644); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := realRun("-J", "--btf_features=default", file)
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s: %#x", f.name, v)
			if code != exitOK || strings.Contains(stderr, "no DWARF") {
				if !bytes.Equal(got, odd) {
					t.Errorf("%s: exit code %d, and the file changed; %s", what, code, stderr)
				}
				continue
			}
			written++
			types, err := btf.Load(bytes.NewReader(got), int64(len(got)), nil)
			if err != nil {
				t.Errorf("%s: status 0, and the file cannot be read: %v", what, err)
				continue
			}
			if types.NumIDs() < 3 {
				t.Errorf("%s: %d types", what, types.NumIDs())
			}
			if _, err := elffile.New(file, bytes.NewReader(got), int64(len(got))); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	t.Logf("%d of %d headers were taken", written, len(fields)*len(values))
}

// encodedObject is the example with other contents in .BTF and .BTF.base.
func encodedObject(t *testing.T) []byte {
	t.Helper()
	name := object(t)
	old := []elffile.Content{{Name: ".BTF", Data: []byte("old")}, {Name: ".BTF.base", Data: []byte("old")}}
	if err := elffile.SetSections(name, old, elffile.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

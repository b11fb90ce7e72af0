package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/unpack"
)

const someTypes = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=1
`

// BTF is read from whatever it comes in, with the same result.
func TestOpenBTF(t *testing.T) {
	types, err := btf.ParseText(someTypes, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := types.Bytes()
	section := func(s testSection) []byte {
		s.name = ".BTF"
		return (&testELF{typ: elf.ET_REL, sections: append(ordinary(testOrder{}), s)}).build()
	}
	object := section(testSection{data: raw, align: 1})
	packed := section(compressedSection(testOrder{}, "", elf.COMPRESS_ZLIB, uint64(len(raw)), zlibBytes(t, raw)))
	compress := func(format unpack.Format, data []byte) []byte {
		var b bytes.Buffer
		if _, err := format.Compress(bytes.NewReader(data)).WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	path := filepath.Join(t.TempDir(), "file")
	open := func(data []byte, base *btf.Types) (*btf.Types, error) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return OpenBTF(path, base)
	}
	for name, data := range map[string][]byte{
		"raw": raw, "raw, compressed": compress(unpack.Gzip, raw), "object": object, "module.ko.xz": compress(unpack.XZ, object),
		"compressed section": packed, "compressed section in a compressed file": compress(unpack.Zstd, packed),
	} {
		if got, err := open(data, nil); err != nil || !bytes.Equal(got.Bytes(), raw) {
			t.Errorf("%s: other types, %v", name, err)
		}
	}

	b := btf.NewBuilder(nil, types)
	b.AddPtr(2)
	split, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(split.Bytes(), types); err != nil || !bytes.Equal(got.Bytes(), split.Bytes()) {
		t.Errorf("split: other types, %v", err)
	}
	distilled := (&testELF{sections: append(ordinary(testOrder{}), testSection{name: ".BTF", data: split.Bytes()},
		testSection{name: ".BTF.base", data: raw})}).build()
	if got, err := open(distilled, nil); err != nil || got.Base() == nil || !bytes.Equal(got.Base().Bytes(), raw) {
		t.Errorf("with a distilled base: %v", err)
	}

	for _, tt := range []struct {
		name string
		data []byte
		is   func(error) bool
	}{
		{"no BTF", (&testELF{sections: ordinary(testOrder{})}).build(), func(err error) bool { return errors.Is(err, btf.ErrNoBTF) }},
		{"damaged BTF", section(testSection{data: raw[:30]}), func(err error) bool { return errors.As(err, new(*btf.ParseError)) }},
		{"something else", []byte("text"), func(err error) bool { return errors.As(err, new(*btf.ParseError)) }},
		{"no data", section(testSection{typ: elf.SHT_NOBITS, size: 100}), func(err error) bool { return errors.As(err, new(*FormatError)) }},
		{"damaged ELF", object[:len(object)-1], func(err error) bool { return errors.As(err, new(*FormatError)) }},
		{"split without its base", split.Bytes(), func(err error) bool { return errors.Is(err, btf.ErrNeedBase) }},
	} {
		if _, err := open(tt.data, nil); !tt.is(err) || !bytes.HasPrefix([]byte(err.Error()), []byte(path+": ")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

package btf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// elfSection is a section of a file that elfFile makes.
type elfSection struct {
	name  string
	typ   elf.SectionType
	flags elf.SectionFlag
	data  []byte
	size  uint64 // instead of len(data), if not 0
}

// elfFile makes an ELF file of sections alone: header, section names, data,
// section headers.
func elfFile(class elf.Class, order binary.ByteOrder, sections ...elfSection) []byte {
	data := elf.ELFDATA2LSB
	if order == binary.BigEndian {
		data = elf.ELFDATA2MSB
	}
	headerSize, shentsize := 64, 64
	if class == elf.ELFCLASS32 {
		headerSize, shentsize = 52, 40
	}
	names := []byte{0}
	sections = append(sections, elfSection{name: ".shstrtab", typ: elf.SHT_STRTAB})
	nameOffs := make([]uint32, len(sections))
	for i, s := range sections {
		nameOffs[i] = uint32(len(names))
		names = append(append(names, s.name...), 0)
	}
	sections[len(sections)-1].data = names

	var body, headers bytes.Buffer
	put := func(w *bytes.Buffer, v any) {
		if err := binary.Write(w, order, v); err != nil {
			panic(err)
		}
	}
	section := func(s elf.Section64) {
		if class == elf.ELFCLASS64 {
			put(&headers, s)
			return
		}
		put(&headers, elf.Section32{Name: s.Name, Type: s.Type, Flags: uint32(s.Flags), Off: uint32(s.Off), Size: uint32(s.Size), Addralign: 1})
	}
	section(elf.Section64{})
	for i, s := range sections {
		size := uint64(len(s.data))
		if s.size != 0 {
			size = s.size
		}
		section(elf.Section64{Name: nameOffs[i], Type: uint32(s.typ), Flags: uint64(s.flags), Off: uint64(headerSize + body.Len()), Size: size, Addralign: 1})
		body.Write(s.data)
	}
	var file bytes.Buffer
	ident := [16]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT)}
	count, shoff := uint16(len(sections)+1), headerSize+body.Len()
	if class == elf.ELFCLASS64 {
		put(&file, elf.Header64{Ident: ident, Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_BPF), Version: 1,
			Shoff: uint64(shoff), Ehsize: uint16(headerSize), Shentsize: uint16(shentsize), Shnum: count,
			Shstrndx: count - 1})
	} else {
		put(&file, elf.Header32{Ident: ident, Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_MIPS), Version: 1,
			Shoff: uint32(shoff), Ehsize: uint16(headerSize), Shentsize: uint16(shentsize), Shnum: count,
			Shstrndx: count - 1})
	}
	file.Write(body.Bytes())
	file.Write(headers.Bytes())
	return file.Bytes()
}

func progbits(name string, data []byte) elfSection {
	return elfSection{name: name, typ: elf.SHT_PROGBITS, data: data}
}

func loadBytes(raw []byte, base *btf.Types) (*btf.Types, error) {
	return btf.Load(bytes.NewReader(raw), int64(len(raw)), base)
}

// A blob, and ELF files of every class and byte order, the BTF inside in
// either order of its own.
func TestLoad(t *testing.T) {
	base := intBase(t)
	want := dump(t, base)
	if types, err := loadBytes(base.Bytes(), nil); err != nil || dump(t, types) != want {
		t.Errorf("blob: %v", err)
	}
	for _, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, inside := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				raw := elfFile(class, order,
					elfSection{name: ".text", typ: elf.SHT_NOBITS},
					progbits(".BTF", reorder(t, inside, base).Bytes()))
				types, err := loadBytes(raw, nil)
				if err != nil {
					t.Errorf("%v %v: %v", class, order, err)
					continue
				}
				if dump(t, types) != want || types.ByteOrder() != inside {
					t.Errorf("%v %v: order %v\n%s", class, order, types.ByteOrder(), dump(t, types))
				}
			}
		}
	}
}

// With .BTF.base, .BTF is split over that, whatever base the caller has;
// without, over the caller's.
func TestLoadSplit(t *testing.T) {
	base := intBase(t)
	b := btf.NewBuilder(nil, base)
	b.AddTypedef("word", 1)
	split, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	other, err := btf.ParseText("[1] PTR '(anon)' type_id=0\n[2] PTR '(anon)' type_id=1\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	section := progbits(".BTF", split.Bytes())
	distilled := progbits(".BTF.base", base.Bytes())

	alone := elfFile(elf.ELFCLASS64, binary.LittleEndian, section)
	if types, err := loadBytes(alone, base); err != nil || dump(t, types) != dump(t, split) || types.Base() != base {
		t.Errorf("over the caller's base: %v", err)
	}
	if _, err := loadBytes(alone, nil); !errors.Is(err, btf.ErrNeedBase) {
		t.Errorf("without a base: %v", err)
	}
	both := elfFile(elf.ELFCLASS64, binary.LittleEndian, section, distilled)
	for _, given := range []*btf.Types{nil, other} {
		types, err := loadBytes(both, given)
		if err != nil {
			t.Fatal(err)
		}
		if dump(t, types) != dump(t, split) || dump(t, types.Base()) != dump(t, base) {
			t.Errorf("over .BTF.base:\n%s%s", dump(t, types.Base()), dump(t, types))
		}
	}
}

func TestLoadErrors(t *testing.T) {
	raw := intBase(t).Bytes()
	file := func(sections ...elfSection) []byte {
		return elfFile(elf.ELFCLASS64, binary.LittleEndian, sections...)
	}
	section := func(typ elf.SectionType) elfSection { return elfSection{name: ".BTF", typ: typ, data: raw} }
	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"empty file", nil, "BTF header+0x0: 0 bytes, a header has at least 24"},
		{"two bytes", []byte{0x9f, 0xeb}, "BTF header+0x0: 2 bytes, a header has at least 24"},
		{"no section", file(progbits(".BTF.ext", raw)), "ELF: no .BTF section"},
		{"no contents", file(section(elf.SHT_NOBITS)), "ELF section .BTF: type is SHT_NOBITS, not SHT_PROGBITS"},
		{"wrong type", file(section(elf.SHT_NOTE)), "ELF section .BTF: type is SHT_NOTE, not SHT_PROGBITS"},
		{"section of no bytes", file(elfSection{name: ".BTF", typ: elf.SHT_PROGBITS}), "ELF section .BTF: BTF header+0x0: 0 bytes, a header has at least 24"},
		{"section past the end", file(elfSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: raw, size: 1 << 20}),
			"ELF section .BTF: at 0x40+0x100000 ends after the file's 0x13d bytes"},
		{"section of nearly 2^64 bytes", file(elfSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: raw,
			size: 1<<63 - 65}), "ELF section .BTF: at 0x40+0x7fffffffffffffbf ends after the file's 0x13d bytes"},
		{"malformed BTF", file(progbits(".BTF", raw[:30])), "ELF section .BTF: BTF header+0x10: strings at 16+5 end after the blob's 6 bytes"},
		{"malformed base", file(section(elf.SHT_PROGBITS), progbits(".BTF.base", raw[:8])),
			"ELF section .BTF.base: BTF header+0x0: 8 bytes, a header has at least 24"},
	}
	for _, test := range tests {
		if _, err := loadBytes(test.raw, nil); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
		}
	}
	if _, err := loadBytes(file(), nil); !errors.Is(err, btf.ErrNoBTF) {
		t.Errorf("no section: %v", err)
	}
	if _, err := loadBytes([]byte("\x7fELF and then nothing"), nil); err == nil || !strings.HasPrefix(err.Error(), "ELF: ") {
		t.Errorf("no ELF: %v", err)
	}
	compressed := elfSection{name: ".BTF", typ: elf.SHT_PROGBITS, flags: elf.SHF_COMPRESSED,
		data: append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, raw...)}
	if _, err := loadBytes(file(compressed), nil); err == nil || err.Error() != "ELF section .BTF: compressed, which readers of BTF do not expect" {
		t.Errorf("compressed: %v", err)
	}
}

// A file that is shorter than its size says so.
func TestLoadShortFile(t *testing.T) {
	raw := intBase(t).Bytes()
	if _, err := btf.Load(bytes.NewReader(raw), int64(len(raw))+1, nil); err != io.ErrUnexpectedEOF {
		t.Errorf("blob: %v", err)
	}
	file := elfFile(elf.ELFCLASS64, binary.LittleEndian, progbits(".BTF", raw))
	for cut := range len(file) {
		if _, err := btf.Load(bytes.NewReader(file[:cut]), int64(len(file)), nil); err == nil {
			t.Errorf("ELF file cut to %d of %d bytes loads", cut, len(file))
		}
	}
	bad := errors.New("disk")
	if _, err := btf.Load(failingReader{bad}, 100, nil); !errors.Is(err, bad) {
		t.Errorf("reader fails: %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

func zlibBytes(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdBytes(t testing.TB, data []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	var b bytes.Buffer // streaming, so that the frame does not tell its size
	w, err := zstd.NewWriter(&b, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compressedSection makes a section with SHF_COMPRESSED that declares size bytes.
func compressedSection(o testOrder, name string, method elf.CompressionType, size uint64, stream []byte) testSection {
	hdr := o.u32(nil, uint32(method))
	if !o.class32 {
		hdr = o.u32(hdr, 0)
	}
	hdr = o.words(hdr, size, 32)
	return testSection{name: name, flags: elf.SHF_COMPRESSED, data: append(hdr, stream...), align: 8}
}

func zdebugSection(name string, size uint64, stream []byte) testSection {
	hdr := binary.BigEndian.AppendUint64([]byte("ZLIB"), size)
	return testSection{name: name, data: append(hdr, stream...), align: 1}
}

func TestCompressedSections(t *testing.T) {
	text := bytes.Repeat([]byte("compressible and not very interesting, "), 20000)
	n := uint64(len(text))
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = []testSection{
			compressedSection(o, ".debug_a", elf.COMPRESS_ZLIB, n, zlibBytes(t, text)),
			compressedSection(o, ".debug_b", elf.COMPRESS_ZSTD, n, zstdBytes(t, text)),
			// A window larger than the section.
			compressedSection(o, ".debug_c", elf.COMPRESS_ZSTD, n, zstdBytes(t, text, zstd.WithWindowSize(8<<20))),
			zdebugSection(".zdebug_d", n, zlibBytes(t, text)),
			compressedSection(o, ".debug_e", elf.COMPRESS_ZLIB, 0, zlibBytes(t, nil)),
			compressedSection(o, ".debug_f", elf.COMPRESS_ZSTD, 0, zstdBytes(t, nil)),
			{name: ".zdebug_plain", data: []byte("not really compressed")},
		}
		f := mustNew(t, e.build())
		for _, name := range []string{".debug_a", ".debug_b", ".debug_c", ".debug_d"} {
			s := f.Section(name)
			if s == nil || !s.Compressed() || s.Size != n || s.FileSize >= n {
				t.Fatalf("%s: %+v", name, s)
			}
			part := make([]byte, 100)
			if err := f.ReadSectionAt(s, part, 77777); err != nil || !bytes.Equal(part, text[77777:77877]) {
				t.Errorf("%s: %q, %v", name, part, err)
			}
			data, err := f.SectionData(s)
			if err != nil || !bytes.Equal(data, text) {
				t.Errorf("%s: %d bytes, %v", name, len(data), err)
			}
			again, _ := f.SectionData(s)
			if &again[0] != &data[0] {
				t.Errorf("%s: decompressed twice", name)
			}
			if err := f.ReadSectionAt(s, part, n-99); err == nil {
				t.Errorf("%s: read past the end", name)
			}
		}
		if f.Sections[1].AddrAlign != 32 {
			t.Errorf("alignment %d of the header of the section instead of that of its data", f.Sections[1].AddrAlign)
		}
		for _, name := range []string{".debug_e", ".debug_f"} {
			if data, err := f.SectionData(f.Section(name)); err != nil || len(data) != 0 {
				t.Errorf("%s: %q, %v", name, data, err)
			}
		}
		if data, err := f.SectionData(f.Section(".debug_plain")); err != nil || string(data) != "not really compressed" {
			t.Errorf("%q, %v", data, err)
		}
	})
}

func TestCompressedSectionDamaged(t *testing.T) {
	o := testOrder{}
	text := bytes.Repeat([]byte("text, "), 1000)
	n := uint64(len(text))
	z, zs := zlibBytes(t, text), zstdBytes(t, text)
	badSum := bytes.Clone(z)
	badSum[len(badSum)-1]++
	badZstd := bytes.Clone(zs)
	badZstd[len(badZstd)-1]++
	const zl, zst = elf.COMPRESS_ZLIB, elf.COMPRESS_ZSTD
	for _, c := range []struct {
		name    string
		section testSection
		open    bool // New finds it
		want    string
	}{
		{"unknown method", compressedSection(o, ".s", 7, n, z), true, ".s+0x0: unknown compression method 7"},
		{"no header", testSection{name: ".s", flags: elf.SHF_COMPRESSED, data: make([]byte, 23)}, true, ".s+0x0: too short"},
		{"zlib: bomb", compressedSection(o, ".s", zl, 1<<60, z), true, "declares 1152921504606846976 bytes"},
		{"zstd: bomb", compressedSection(o, ".s", zst, 1<<60, zs), true, "declares 1152921504606846976 bytes"},
		{".zdebug: bomb", zdebugSection(".zdebug_s", 1<<63, z), true, "declares 9223372036854775808 bytes"},
		{"zlib: just over the ratio", compressedSection(o, ".s", zl, uint64(len(z))*inflateRatio+inflateSlack+1, z), true, "the limit is"},
		{"zlib: less than declared", compressedSection(o, ".s", zl, n+1, z), false, ".s+0x18: decompressing: 6000 bytes instead of the declared 6001"},
		{"zstd: less than declared", compressedSection(o, ".s", zst, n+1, zs), false, "6000 bytes instead of the declared 6001"},
		{"zlib: more than declared", compressedSection(o, ".s", zl, n-1, z), false, "more than the declared 5999 bytes"},
		{"zstd: more than declared", compressedSection(o, ".s", zst, n-1, zs), false, "decompressing: decompressed size exceeds"},
		{"zlib: checksum", compressedSection(o, ".s", zl, n, badSum), false, "checksum"},
		{"zstd: checksum", compressedSection(o, ".s", zst, n, badZstd), false, "CRC check failed"},
		{"zlib: cut", compressedSection(o, ".s", zl, n, z[:len(z)/2]), false, "unexpected EOF"},
		{"zstd: cut", compressedSection(o, ".s", zst, n, zs[:len(zs)/2]), false, "unexpected EOF"},
		{"zlib: garbage", compressedSection(o, ".s", zl, n, text), false, "invalid header"},
		{"zstd: garbage", compressedSection(o, ".s", zst, n, text), false, "magic"},
	} {
		data := (&testELF{typ: elf.ET_REL, sections: []testSection{c.section}}).build()
		f, err := New("x.o", bytes.NewReader(data), int64(len(data)))
		if (err != nil) != c.open {
			t.Errorf("%s: New: %v", c.name, err)
			continue
		}
		if err == nil {
			_, err = f.SectionData(&f.Sections[1])
		}
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if strings.HasSuffix(c.want, "unexpected EOF") && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v does not wrap io.ErrUnexpectedEOF", c.name, err)
		}
	}
}

func TestSectionDataConcurrently(t *testing.T) {
	text := bytes.Repeat([]byte("text, "), 100000)
	e := testELF{typ: elf.ET_REL, sections: append(ordinary(testOrder{}),
		compressedSection(testOrder{}, ".debug_info", elf.COMPRESS_ZLIB, uint64(len(text)), zlibBytes(t, text)))}
	f := mustNew(t, e.build())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			part := make([]byte, 6000)
			for _, name := range []string{".debug_info", ".text"} {
				s := f.Section(name)
				p := part[:min(len(part), int(s.Size))]
				if err := f.ReadSectionAt(s, p, 0); err != nil {
					t.Errorf("goroutine %d: %v", i, err)
				}
			}
			if err := f.Symbols(func(Symbol) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestCompressedPieces: a section that unpacks to much more than is usual is kept in pieces, and reads like others.
func TestCompressedPieces(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	copy(data[7<<20:], "here is something else")
	n := uint64(len(data))
	z := zlibBytes(t, data)
	for _, c := range []struct {
		declared uint64
		want     string // in the error, "" for none
	}{{n, ""}, {n + 1, "instead of the declared"}, {n - 1, "more than the declared"}} {
		e := testELF{typ: elf.ET_REL, sections: []testSection{compressedSection(testOrder{}, ".debug_info", elf.COMPRESS_ZLIB, c.declared, z)}}
		f := mustNew(t, e.build())
		s := f.Section(".debug_info")
		part := make([]byte, 1<<20)
		err := f.ReadSectionAt(s, part, 7<<20-100)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d bytes declared: %v", c.declared, err)
			}
			continue
		}
		if err != nil || !bytes.Equal(part, data[7<<20-100:][:len(part)]) {
			t.Errorf("other bytes, %v", err)
		}
		if s.z.pieces == nil {
			t.Error("not in pieces")
		}
		whole, err := f.SectionData(s)
		again, _ := f.SectionData(s)
		if err != nil || !bytes.Equal(whole, data) || &whole[0] != &again[0] {
			t.Errorf("%d bytes, %v", len(whole), err)
		}
	}
}

package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"testing"
)

// writerAt is a file in memory for the writer.
type writerAt []byte

func (m *writerAt) WriteAt(p []byte, off int64) (int, error) {
	if need := off + int64(len(p)); need > int64(len(*m)) {
		*m = append(*m, make([]byte, need-int64(len(*m)))...)
	}
	return copy((*m)[off:], p), nil
}

// setInMemory is SetSections without files.
func setInMemory(data []byte, contents []Content, opts Options) ([]byte, error) {
	e, err := planEdit("fuzz", bytes.NewReader(data), int64(len(data)), contents, &opts)
	if err != nil {
		return nil, err
	}
	if !e.changes {
		return data, nil
	}
	m := writerAt(bytes.Clone(data[:e.keep]))
	if err := e.patch(&m); err != nil {
		return nil, err
	}
	if int64(len(m)) > e.end {
		return nil, errors.New("written past the end")
	}
	return append(m, make([]byte, e.end-int64(len(m)))...), nil
}

// FuzzOpen feeds any bytes to the reader, which must neither panic nor read or
// allocate without bound. What it opens must take new sections and be read again
// with the same other sections.
func FuzzOpen(f *testing.F) {
	for _, o := range []testOrder{{}, {class32: true}, {big: true}, {big: true, class32: true}} {
		e := testELF{class32: o.class32, big: o.big, typ: elf.ET_REL, sections: append(ordinary(o),
			noteSection(".note", 4, o.note(nil, 4, "GNU", 3, "id")),
			compressedSection(o, ".debug_line", elf.COMPRESS_ZLIB, 5, zlibBytes(f, []byte("zlib."))),
			compressedSection(o, ".debug_info", elf.COMPRESS_ZSTD, 5, zstdBytes(f, []byte("zstd."))),
			zdebugSection(".zdebug_str", 4, zlibBytes(f, []byte("old."))),
			testSection{name: ".BTF", data: fill8(30, 'o'), align: 1},
			testSection{name: ".rela.BTF", typ: elf.SHT_RELA, info: 10, data: fill8(24, 'r')})}
		f.Add(e.build())
		e.extended = true
		f.Add(e.build())
		v := vmlinuxLike(o)
		f.Add(v.build())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, data)
		fuzzWrite(t, data)
	})
}

func fuzzRead(t *testing.T, data []byte) {
	f, err := New("fuzz", bytes.NewReader(data), int64(len(data)))
	var format *FormatError
	var notELF *NotELFError
	if err != nil {
		if !errors.As(err, &format) && !errors.As(err, &notELF) {
			t.Errorf("untyped error %v", err)
		}
		return
	}
	total := uint64(0)
	for i := range f.Sections {
		s := &f.Sections[i]
		if !s.HasData() {
			continue
		}
		if s.Size > uint64(len(data))*inflateRatio+inflateSlack {
			t.Fatalf("section of %d bytes in a file of %d", s.Size, len(data))
		}
		if total += s.Size; total > 16<<20 {
			break
		}
		got, err := f.SectionData(s)
		if err != nil && !errors.As(err, &format) || err == nil && uint64(len(got)) != s.Size {
			t.Errorf("section %d: %d bytes of %d, %v", i, len(got), s.Size, err)
		}
	}
	for what, err := range map[string]error{
		"Symbols": f.Symbols(func(Symbol) error { return nil }),
		"Notes":   f.Notes(func(string, uint32, []byte) error { return nil }),
	} {
		if err != nil && !errors.As(err, &format) && !errors.Is(err, ErrNoSymtab) {
			t.Errorf("%s: untyped error %v", what, err)
		}
	}
}

func fuzzWrite(t *testing.T, data []byte) {
	before, err := parse("fuzz", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	if bytes.HasSuffix(data, []byte(signatureMagic)) {
		return // sections may lie in the signature
	}
	for _, contents := range [][]Content{
		{{".BTF", fill8(40, 'a')}, {".BTF.base", fill8(10, 'b')}},
		{{".BTF", fill8(20, 'a')}, {".BTF.base", nil}},
		{{".BTF", nil}},
	} {
		after, err := setInMemory(data, contents, Options{MoveLoaded: true})
		if err != nil {
			var format *FormatError
			var loaded *LoadedError
			if !errors.As(err, &format) && !errors.As(err, &loaded) {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		now, err := parse("fuzz", bytes.NewReader(after), int64(len(after)))
		if err != nil {
			t.Fatalf("the new file cannot be read: %v", err)
		}
		fuzzCompare(t, data, after, before, now, contents)
		again, err := setInMemory(after, contents, Options{MoveLoaded: true})
		if err != nil {
			t.Fatalf("the new file cannot be written again: %v", err)
		}
		segments, _ := before.segments()
		newSegments, _ := now.segments()
		if !bytes.Equal(after, again) && len(segments) == len(newSegments) {
			t.Error("setting the same contents again changes the file")
		}
		data, before = after, now
	}
}

// fuzzCompare checks the sections that were set, and that the others are the same.
func fuzzCompare(t *testing.T, data, after []byte, before, now *File, contents []Content) {
	relocated := map[int]bool{}
	isSet := map[string]bool{}
	for _, c := range contents {
		isSet[c.Name] = true
		if s := before.Section(c.Name); s != nil {
			relocated[s.Index] = true
		}
		s := now.Section(c.Name)
		if s != nil {
			relocated[s.Index] = true
		}
		if c.Data == nil {
			if s != nil {
				t.Errorf("%s is still there", c.Name)
			}
		} else if s == nil || !bytes.Equal(s.bytes(after), c.Data) {
			t.Errorf("%s: %+v", c.Name, s)
		}
	}
	for i := range before.Sections {
		s, n := &before.Sections[i], &now.Sections[i]
		if s.Type == elf.SHT_NULL || isSet[s.Name] || (s.Type == elf.SHT_REL || s.Type == elf.SHT_RELA) && relocated[int(s.Info)] {
			continue
		}
		want, got := *s, *n
		if uint32(i) == before.hdr.shstrndx {
			want.Offset, want.FileSize, want.Size = got.Offset, got.FileSize, got.Size
			if s.Offset >= before.wire().ehdr && !bytes.HasPrefix(n.bytes(after), s.bytes(data)) {
				t.Error("the old section names are gone")
			}
		} else if s.Offset >= before.wire().ehdr && !bytes.Equal(n.bytes(after), s.bytes(data)) {
			t.Errorf("contents of section %d changed", i)
		}
		if before.hdr.shstrndx == 0 {
			want.nameOff = 0
		}
		if got != want {
			t.Errorf("section %d: %+v, was %+v", i, got, want)
		}
	}
}

// bytes returns the section's bytes of the file.
func (s *Section) bytes(file []byte) []byte {
	if s.FileSize == 0 {
		return nil
	}
	return file[s.Offset:][:s.FileSize]
}

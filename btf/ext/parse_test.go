package ext_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf/ext"
)

// section makes .BTF.ext of words. The first ones are the header without its magic.
func section(order binary.ByteOrder, words ...uint32) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, order, []uint16{0xeb9f})
	b.Write([]byte{1, 0})
	_ = binary.Write(&b, order, words)
	return b.Bytes()
}

func TestParse(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, more := range []int{0, 1, 3} { // words that a newer compiler adds
			size := uint32(16 + 4*more)
			words := []uint32{32, 0, 0, 0, 0, 0, 2*8 + 4 + 3*size, size, 5, 2}
			relo := func(n uint32) { words = append(append(words, n, n+1, n+2, n+3), make([]uint32, more)...) }
			relo(0)
			relo(4)
			words = append(words, 9, 1)
			relo(8)
			e, err := ext.Parse(section(order, words...))
			if err != nil {
				t.Fatalf("%v, %d more: %v", order, more, err)
			}
			var got []ext.CoreRelo
			for _, s := range e.Core {
				for i := range s.Len() {
					got = append(got, s.CoreRelo(i))
				}
			}
			want := []ext.CoreRelo{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}}
			if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
				t.Errorf("%v, %d more: %v", order, more, got)
			}
			if len(e.Core) != 2 || e.Core[0].Name != 5 || e.Core[1].Name != 9 || e.FuncInfo != nil {
				t.Errorf("%v, %d more: %+v", order, more, e)
			}
		}
	}
}

// TestParseShort has the header of compilers that know no relocations by type.
func TestParseShort(t *testing.T) {
	e, err := ext.Parse(section(binary.LittleEndian, 24, 0, 20, 0, 0, 8, 1, 1, 0, 1))
	if err != nil || len(e.FuncInfo) != 1 || e.FuncInfo[0].Len() != 1 || e.Core != nil {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestParseMalformed(t *testing.T) {
	le := binary.LittleEndian
	good := []uint32{32, 0, 0, 0, 0, 0, 28, 16, 1, 1, 0, 1, 2, 3}
	with := func(at int, value uint32) []byte {
		words := append([]uint32(nil), good...)
		words[at] = value
		return section(le, words...)
	}
	for _, c := range []struct {
		name   string
		raw    []byte
		offset int64
		msg    string
	}{
		{"nothing", nil, 0, "0 bytes"},
		{"no magic", append([]byte("text"), make([]byte, 40)...), 0, "begins with 74 65"},
		{"version", append([]byte{0x9f, 0xeb, 2}, section(le, good...)[3:]...), 2, "version 2"},
		{"flags", append([]byte{0x9f, 0xeb, 1, 7}, section(le, good...)[4:]...), 3, "flags 0x7"},
		{"a short header", with(0, 20), 4, "header length 20"},
		{"a long header", with(0, 61), 4, "header length 61"},
		{"only a header", with(0, 60), 4, "nothing follows"},
		{"not aligned", with(5, 2), 24, "not aligned"},
		{"past the end", with(5, 4), 24, "ends after"},
		{"far past the end", with(5, 0xfffffffc), 24, "ends after"},
		{"no size", with(6, 3), 28, "no size of a record"},
		{"no records", with(6, 4), 36, "no records"},
		{"small records", with(7, 12), 32, "records of 12 bytes"},
		{"odd records", with(7, 18), 32, "records of 18 bytes"},
		{"large records", with(7, 20), 36, "do not fit"},
		{"no count", with(9, 0), 36, "without records"},
		{"a large count", with(9, 0xffffffff), 36, "do not fit"},
		{"half a head", with(6, 8), 36, "head of a section"},
		{"lines past the end", with(4, 64), 16, "line_info at"},
		{"functions past the end", with(2, 64), 8, "func_info at"},
	} {
		var malformed *ext.ParseError
		_, err := ext.Parse(c.raw)
		if !errors.As(err, &malformed) || malformed.Offset != c.offset || !strings.Contains(malformed.Msg, c.msg) {
			t.Errorf("%s: %v, want %q at %#x", c.name, err, c.msg, c.offset)
		}
	}
	if _, err := ext.Parse(section(le, good...)); err != nil {
		t.Errorf("what they were made of: %v", err)
	}
}

// FuzzParse: whatever the bytes are, records lie within them.
func FuzzParse(f *testing.F) {
	f.Add(section(binary.LittleEndian, 32, 0, 0, 0, 0, 0, 28, 16, 1, 1, 0, 1, 2, 3))
	f.Add(section(binary.BigEndian, 24, 0, 20, 0, 0, 8, 1, 1, 0, 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ext.Parse(raw)
		if err != nil {
			if !errors.As(err, new(*ext.ParseError)) {
				t.Fatal(err)
			}
			return
		}
		n := 0
		for _, s := range e.Core {
			for i := range s.Len() {
				_ = s.CoreRelo(i).Kind.String()
				n += 16
			}
		}
		if n > len(raw) {
			t.Fatalf("%d bytes of records in %d", n, len(raw))
		}
	})
}

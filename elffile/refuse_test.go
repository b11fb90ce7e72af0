package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

func TestSetSectionsRefuses(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: append(ordinary(testOrder{}), testSection{name: ".twice"}, testSection{name: ".twice"})}
	data := e.build()
	path := writeFile(t, "m.ko", data)
	for _, c := range []struct {
		contents []Content
		want     string
	}{
		{[]Content{{"", []byte("x")}}, `"" cannot be the name of a section`},
		{[]Content{{"a\x00b", []byte("x")}}, "cannot be the name"},
		{[]Content{{".BTF", []byte("x")}, {".BTF", nil}}, "two contents for one section .BTF"},
		{[]Content{{".twice", []byte("x")}}, ".twice+0x0: sections 6 and 7 have this name"},
		{[]Content{{".shstrtab", nil}}, ".shstrtab+0x0: the section holds the section names"},
	} {
		err := SetSections(path, c.contents, Options{})
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if !bytes.Equal(filetest.Read(t, path), data) {
			t.Errorf("%s: the file was changed", c.want)
		}
	}
}

// A 32-bit file cannot become larger than 4 GiB.
func TestSetSectionTooLarge(t *testing.T) {
	e := testELF{class32: true, typ: elf.ET_REL, sections: ordinary(testOrder{class32: true})}
	data := e.build()
	end := int64(1<<32 - 100)
	f, err := parse("big.o", sparse{data}, end)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = f.edit([]Content{{".BTF", fill8(200, 'x')}}, &Options{})
	var format *FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "4 GiB") {
		t.Error(err)
	}
}

// sparse is data followed by bytes that are no padding.
type sparse struct{ data []byte }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(s.data)) {
		n = copy(p, s.data[off:])
	}
	for i := range p[n:] {
		p[n+i] = 0xff
	}
	return len(p), nil
}

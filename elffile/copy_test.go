package elffile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// To something that is no file, a copy is written in one piece. set compares
// copies in files with what SetSections does.
func TestWriteCopyInMemory(t *testing.T) {
	e := testELF{sections: ordinary(testOrder{})}
	raw := e.build()
	contents := []Content{{Name: ".BTF", Data: fill8(1000, 7)}}
	path := filepath.Join(t.TempDir(), "copy")
	if err := WriteCopy(path, "input", bytes.NewReader(raw), int64(len(raw)), contents, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	l, patches, err := planFile("input", bytes.NewReader(raw), int64(len(raw)), contents, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c := &editedCopy{r: bytes.NewReader(raw), keep: int64(l.tail), end: int64(l.end), patches: patches, readBack: func(io.ReaderAt) error { return nil }}
	if n, err := c.WriteTo(&b); err != nil || n != int64(b.Len()) || !bytes.Equal(b.Bytes(), readFile(t, path)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestWriteCopyFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	err := WriteCopy(path, "input", bytes.NewReader([]byte("text")), 4, nil, Options{NoSync: true})
	if notELF := new(NotELFError); !errors.As(err, &notELF) || notELF.File != "input" {
		t.Errorf("no ELF file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

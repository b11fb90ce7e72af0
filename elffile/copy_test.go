package elffile

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/unpack"
)

// To something that is no file, a copy is written in one piece. set compares copies in
// files with what SetSections does.
func TestWriteCopyInMemory(t *testing.T) {
	e := testELF{sections: ordinary(testOrder{})}
	f := mustNew(t, e.build())
	contents := []Content{{Name: ".BTF", Data: fill8(1000, 7)}}
	path := filepath.Join(t.TempDir(), "copy")
	if err := f.WriteCopy(path, contents, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	plan, err := planEdit(f.Name, f.r, f.Size, contents, &Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := plan.WriteTo(&b); err != nil || n != int64(b.Len()) || !bytes.Equal(b.Bytes(), filetest.Read(t, path)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// A copy that cannot be made leaves nothing behind.
func TestWriteCopyFails(t *testing.T) {
	dir := t.TempDir()
	f := mustNew(t, append((&testELF{sections: ordinary(testOrder{})}).build(), signature(100)...))
	err := f.WriteCopy(filepath.Join(dir, "copy"), someBTF, Options{NoSync: true})
	if signed := new(SignedError); !errors.As(err, &signed) || signed.File != f.Name {
		t.Errorf("a signed module: %v", err)
	}
	filetest.CheckAlone(t, dir)
}

// Copies in all formats can be opened again, and one file can be copied several times.
func TestWriteCopyCompressed(t *testing.T) {
	path := object(t)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain := path + ".copy"
	for _, format := range []unpack.Format{unpack.None, unpack.Gzip, unpack.XZ, unpack.Zstd, unpack.None} {
		copied := path + ".copy" + string(format)
		if err := f.WriteCopy(copied, someBTF, Options{NoSync: true, Compress: format}); err != nil {
			t.Fatalf("%q: %v", format, err)
		}
		c, err := Open(copied)
		if err != nil {
			t.Fatalf("%q: %v", format, err)
		}
		got := make([]byte, c.Size)
		if _, err := c.ReadAt(got, 0); err != nil || !bytes.Equal(got, filetest.Read(t, plain)) {
			t.Errorf("%q: other contents, %v", format, err)
		}
		c.Close()
	}
}

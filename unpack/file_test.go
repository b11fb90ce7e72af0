package unpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/internal/stream"
)

// text is what the files of testdata hold: the output of "seq 1 4000", packed
// with gzip -9, xz -9 and zstd --ultra -22. blocks.xz was made with
// --block-size=4096 --check=sha256, none.xz with --check=none.
func text() []byte {
	var b bytes.Buffer
	for i := range 4000 {
		fmt.Fprintln(&b, i+1)
	}
	return b.Bytes()
}

func contents(t *testing.T, f *File) []byte {
	t.Helper()
	data, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != f.Size() {
		t.Errorf("%d bytes, the size is %d", len(data), f.Size())
	}
	return data
}

func TestOpen(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(plain, text(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		file   string
		format Format
	}{
		{plain, None},
		{"testdata/text.gz", Gzip},
		{"testdata/text.xz", XZ},
		{"testdata/blocks.xz", XZ},
		{"testdata/none.xz", XZ},
		{"testdata/text.zst", Zstd},
	} {
		f, err := Open(tc.file)
		if err != nil {
			t.Errorf("%s: %v", tc.file, err)
			continue
		}
		if f.Format != tc.format {
			t.Errorf("%s: compressed with %q", tc.file, f.Format)
		}
		if !bytes.Equal(contents(t, f), text()) {
			t.Errorf("%s: other contents", tc.file)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: %v", tc.file, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(dir); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("directory: %v", err)
	}
	for _, name := range []string{"text.gz", "text.xz", "blocks.xz", "text.zst"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{len(decompressorFor(raw).magic), len(raw) / 2, len(raw) - 1} {
			cut := filepath.Join(dir, name)
			if err := os.WriteFile(cut, raw[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(cut); err == nil || !strings.Contains(err.Error(), string(decompressorFor(raw).format)+": ") {
				t.Errorf("%s: first %d bytes of %d: %v", name, n, len(raw), err)
			}
		}
	}
}

// fromMemory unpacks what may be compressed.
func fromMemory(raw []byte) (*File, error) {
	return fromStream(stream.NewFileReader(bytes.NewReader(raw), int64(len(raw))))
}

// The file asks for more memory than its contents need, or for something that
// could not be bounded.
func TestScanXZRefuses(t *testing.T) {
	raw, err := os.ReadFile("testdata/text.xz")
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, b byte) []byte {
		c := bytes.Clone(raw)
		c[at] = b
		return c
	}
	// Stream header 12, block header size and flags 2, filter and size of its
	// properties 2.
	const filter, dictionary = 14, 16
	for _, tc := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"dictionary of 4 GiB", change(dictionary, 40), "dictionary of 4096 MiB"},
		{"dictionary of 384 MiB", change(dictionary, 33), "dictionary of 384 MiB"},
		{"dictionary that does not exist", change(dictionary, 41), "damaged"},
		{"filter for machine code", change(filter, 4), "filters"},
		{"two filters", change(13, 1), "filters"},
		{"two streams", append(bytes.Clone(raw), raw...), "stream"},
		{"padding after the stream", append(bytes.Clone(raw), 0, 0, 0, 0), "damaged"},
	} {
		if _, err := fromMemory(tc.raw); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	if size, _, err := scanXZ(bytes.NewReader(raw), int64(len(raw))); err != nil || size != int64(len(text())) {
		t.Errorf("size %d, %v", size, err)
	}
	if raw, err = os.ReadFile("testdata/blocks.xz"); err != nil {
		t.Fatal(err)
	}
	if size, _, err := scanXZ(bytes.NewReader(raw), int64(len(raw))); err != nil || size != int64(len(text())) {
		t.Errorf("blocks: size %d, %v", size, err)
	}
}

// FuzzOpen: no contents lead to more than an error or what fits.
func FuzzOpen(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := fromMemory(raw)
		if (got == nil) == (err == nil) {
			t.Fatalf("%v, %v", got, err)
		}
		if got == nil {
			return
		}
		if got.Format == None && got.Size() != int64(len(raw)) || got.Size() > int64(len(raw)+1)<<11 && got.Format != Zstd {
			t.Fatalf("%d bytes from %d, %q", got.Size(), len(raw), got.Format)
		}
		if got.Format == XZ {
			if size, _, err := scanXZ(bytes.NewReader(raw), int64(len(raw))); err != nil || size != got.Size() {
				t.Fatalf("scan: %d bytes, %v; decompressed %d", size, err, got.Size())
			}
		}
	})
}

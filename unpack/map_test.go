package unpack

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestMap(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	dir := t.TempDir()
	for _, format := range []Format{None, Gzip, XZ, Zstd} {
		name := filepath.Join(dir, "file")
		var packed bytes.Buffer
		if _, err := format.Compress(bytes.NewReader(append([]byte("\x7fELF"), content...))).WriteTo(&packed); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		m := f.Map()
		f.Close()
		for _, at := range []int64{0, 1, 4095, 4096, 50001} {
			got := m.Bytes(4+at, 100)
			if format != None || runtime.GOOS != "linux" {
				if got != nil {
					t.Errorf("%v: what is not in the page cache is mapped", format)
				}
				continue
			}
			if !bytes.Equal(got, content[at:at+100]) {
				t.Errorf("%v: 100 bytes at %d are others", format, at)
			}
		}
		for _, r := range [][2]int64{{-1, 10}, {0, 0}, {0, -1}, {m.Size(), 1}, {m.Size() - 1, 2}, {1 << 62, 1 << 62}} {
			if m.Bytes(r[0], r[1]) != nil {
				t.Errorf("%v: bytes of %d", format, r)
			}
		}
		if m.Changed() {
			t.Errorf("%v: changed", format)
		}
		if format == None && runtime.GOOS == "linux" {
			if err := os.Chtimes(name, time.Time{}, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			if !m.Changed() {
				t.Error("another time is no change")
			}
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

//go:build linux

package baseindex

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mapped is a base in memory, and elsewhere for who reads it.
type mapped struct {
	io.ReaderAt
	in []byte
}

func (m mapped) Bytes(off, n int64) []byte {
	if m.in == nil {
		return nil
	}
	return m.in[off:][:n:n]
}

// A base that is in memory is compared where it is, whatever a reader would get, and is read if it is not there.
func TestMapped(t *testing.T) {
	s := newSample(1, 3*piece+5)
	const before, after = 7, 3
	surround := func(raw []byte) []byte {
		return append(append(make([]byte, before), raw...), make([]byte, after)...)
	}
	other := surround(s.raw)
	other[before+2*piece]++
	for _, tt := range []struct {
		name       string
		in, reader []byte
		had        bool
	}{
		{"as the index", surround(s.raw), surround(s.raw), true},
		{"other bytes in memory", other, surround(s.raw), false},
		{"not in memory", nil, surround(s.raw), true},
		{"not in memory, other bytes", nil, other, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, notes := newCache(t)
			if _, added := s.get(t, c); !added {
				t.Fatal("nothing was added")
			}
			had := false
			r := io.NewSectionReader(mapped{bytes.NewReader(tt.reader), tt.in}, before, int64(len(s.raw)))
			add := c.Get(r, func(*Index) error { had = true; return nil })
			if add != nil {
				add.Drop()
			}
			if had != tt.had {
				t.Errorf("the index was used: %v", had)
			}
			if text := strings.Join(*notes, "\n"); strings.Contains(text, errOtherBase.Error()) == tt.had {
				t.Errorf("notes: %s", text)
			}
		})
	}
}

// A base that is cut short while it is compared is no reason to end.
func TestMappedCutShort(t *testing.T) {
	s := newSample(2, 3*piece)
	c, notes := newCache(t)
	if _, added := s.get(t, c); !added {
		t.Fatal("nothing was added")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "base"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(s.raw); err != nil {
		t.Fatal(err)
	}
	in, err := syscall.Mmap(int(f.Fd()), 0, len(s.raw), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(in)
	if err := f.Truncate(piece); err != nil {
		t.Fatal(err)
	}
	add := c.Get(io.NewSectionReader(mapped{bytes.NewReader(s.raw), in}, 0, int64(len(s.raw))), func(*Index) error {
		t.Error("the index was used")
		return nil
	})
	if add != nil {
		add.Drop()
	}
	if text := strings.Join(*notes, "\n"); !strings.Contains(text, "is missing") {
		t.Errorf("notes: %s", text)
	}
}

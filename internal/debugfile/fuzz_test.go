package debugfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// FuzzLinks takes any bytes for the sections that lead to other files. Whatever they
// say, a debug file is in a directory that the package comment names, and the error is
// about what was looked at, or names the section.
func FuzzLinks(f *testing.F) {
	for i, data := range []string{"m.debug\x00\x01\x02\x03\x04", "../m.debug\x00\x00\x01\x02\x03\x04", "sup\x00id",
		"/x/sup\x00id", "\x05\x00\x00sup\x00\x03abc", "\x05\x00\x01\x00\x81\x00a"} {
		f.Add(uint8(i/2), []byte(data))
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		section := []string{".gnu_debuglink", ".gnu_debugaltlink", ".debug_sup"}[kind%3]
		dir := t.TempDir()
		name := filepath.Join(dir, "dir", "m.ko")
		if err := os.Mkdir(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		image := (&dwarftest.File{Sections: []dwarftest.Section{{Name: section, Data: data}}}).Build(t)
		if err := os.WriteFile(name, image, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := elffile.Open(name)
		if err != nil {
			t.Skip("no ELF file")
		}
		defer file.Close()
		s := debugfile.Search{Roots: []string{filepath.Join(dir, "root")}}
		for _, open := range []func(context.Context, *elffile.File) (*elffile.File, error){s.Debug, s.Supplementary} {
			found, err := open(context.Background(), file)
			if found != nil {
				found.Close()
				t.Errorf("found %s", found.Name)
			}
			var missing *debugfile.NotFoundError
			if errors.As(err, &missing) && missing.From == ".gnu_debuglink" {
				for _, c := range missing.Looked {
					if in := filepath.Dir(c.Path); !strings.HasPrefix(in, dir) && !strings.HasPrefix(in, debugfile.StandardDir) {
						t.Errorf("looked at %s", c.Path)
					}
				}
			} else if err != nil && missing == nil && !errors.Is(err, debugfile.ErrNone) && !strings.Contains(err.Error(), section) {
				t.Errorf("error %v does not name %s", err, section)
			}
		}
	})
}

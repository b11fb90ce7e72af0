package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestMappedChanged: a file that another program changes or cuts off while its types are used is
// an error, not a crash.
func TestMappedChanged(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("nothing is mapped here")
	}
	b := btf.NewBuilder(nil, nil)
	for range 10000 {
		b.AddStruct("name", 0)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(name string) error{
		"cut off": func(name string) error { return os.Truncate(name, 100) },
		"changed": func(name string) error { return os.WriteFile(name, make([]byte, len(types.Bytes())), 0o644) },
		"longer":  func(name string) error { return os.Truncate(name, 1<<20) },
	} {
		name := filepath.Join(t.TempDir(), "types.btf")
		if err := os.WriteFile(name, types.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		var m mappedBTF
		err := m.use(func() error {
			f, err := openInput(name)
			if err != nil {
				return err
			}
			defer f.Close()
			types, err := parseBTF(f, name, nil, m.load)
			if err != nil {
				return err
			}
			if err := change(name); err != nil {
				return err
			}
			return types.Dump(new(bytes.Buffer))
		})
		if !errors.Is(err, errChanged) {
			t.Errorf("%s: error %v, want %v", what, err, errChanged)
		}
	}
}

// TestMappedPanic: a mistake in the program is no change of a file.
func TestMappedPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic is lost")
		}
	}()
	var m mappedBTF
	m.use(func() error { panic("mistake") })
}

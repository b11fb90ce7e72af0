package verify_test

import (
	"debug/elf"
	"testing"
)

// section returns a section of an ELF file, nil if it has none of that name.
func section(t testing.TB, path, name string) []byte {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.Section(name)
	if s == nil {
		return nil
	}
	raw, err := s.Data()
	if err != nil {
		t.Fatalf("%s: %s: %v", path, name, err)
	}
	return raw
}

package filetest

import (
	"debug/elf"
	"testing"
)

// Section returns the contents of a section of an ELF file, nil if it has none of that name. It reads with debug/elf, as
// what tests look at may have been written by package elffile.
func Section(t testing.TB, path, name string) []byte {
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
	data, err := s.Data()
	if err != nil {
		t.Fatalf("%s: %s: %v", path, name, err)
	}
	return data
}

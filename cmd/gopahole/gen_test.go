package main

import (
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
)

// setupGen writes the files for the script about the verb gen:
//
//	driver.ko    a module for Linux 6.12.0 with DWARF and kfuncs
//	signed.ko    the same with a signature
//	twice.btf    a base in which two types are called int
func setupGen(dir string) error {
	driver := filepath.Join(dir, "driver.ko")
	object, err := os.ReadFile("../../testdata/dwarf/module-gcc-dwarf5.o")
	if err != nil {
		return err
	}
	if err := os.WriteFile(driver, object, 0o644); err != nil {
		return err
	}
	info := elffile.Content{Name: ".modinfo", Data: []byte("license=GPL\x00vermagic=6.12.0-test SMP mod_unload \x00")}
	if err := elffile.SetSections(driver, []elffile.Content{info}, elffile.Options{NoSync: true}); err != nil {
		return err
	}
	if object, err = os.ReadFile(driver); err != nil {
		return err
	}
	signature := "signature" + "\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x09" + "~Module signature appended~\n"
	if err := os.WriteFile(filepath.Join(dir, "signed.ko"), append(object, signature...), 0o644); err != nil {
		return err
	}
	twice, err := btf.ParseText(`
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
`, nil)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "twice.btf"), twice.Bytes(), 0o644)
}

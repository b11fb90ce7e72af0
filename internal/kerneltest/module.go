package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
)

// modules are the modules outside of the tree, as folders of testdata/kernel/modules.
var modules = []string{"gph_oot", "gph_plain", "gph_resized"}

// module builds one of them for the kernel in the build directory and returns the path of the file. The build must say
// nothing about BTF.
func (t *tree) module(name string, e encoder) (string, error) {
	path, text, err := t.moduleWarnings(name, e)
	if text != "" {
		t.problem("%s: %s: building %s: %s", t.version, e.name, name, text)
	}
	return path, err
}

// moduleWarnings is module, and returns what the build says.
func (t *tree) moduleWarnings(name string, e encoder) (path, text string, err error) {
	dir := filepath.Join(t.dir, "modules", e.name, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", "", err
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(t.data, "modules", name))); err != nil {
		return "", "", err
	}
	out, err := t.make(t.build, e, parallel(), "M="+dir, "modules")
	if err != nil {
		return "", "", err
	}
	return filepath.Join(dir, name+".ko"), warnings(out), nil
}

// badName copies a module and renames a type of its distilled base, so that no kernel has it.
func badName(from, to string) error {
	f, err := elf.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	section := f.Section(".BTF.base")
	if section == nil {
		return fmt.Errorf("%s: no .BTF.base", from)
	}
	base, err := section.Data()
	if err != nil {
		return err
	}
	at := bytes.Index(base, []byte("\x00spinlock\x00"))
	if at < 0 {
		return fmt.Errorf("%s: no spinlock in .BTF.base", from)
	}
	file, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	copy(file[int(section.Offset)+at:], "\x00spinlocX")
	return os.WriteFile(to, file, 0o644)
}

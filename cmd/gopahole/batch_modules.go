package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A module is a file to be encoded, and what became of it.
type module struct {
	path   string
	size   int64  // of the file, in bytes
	output string // file for the BTF, "" if it goes into the module
	report moduleReport
	err    error // why it was not encoded
}

// Endings of modules and of their compressed forms.
var (
	moduleSuffixes     = []string{".ko", ".ko.debug"}
	compressedSuffixes = []string{".gz", ".xz", ".zst"}
)

// withoutCompression returns a name without the ending of a compressed file.
func withoutCompression(name string) string {
	for _, suffix := range compressedSuffixes {
		if rest, ok := strings.CutSuffix(name, suffix); ok {
			return rest
		}
	}
	return name
}

// isModuleName tells whether a file in a directory is taken for a module.
func isModuleName(name string) bool {
	name = withoutCompression(name)
	return slices.ContainsFunc(moduleSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

// findModules returns the files that the operands name, each once. Those of a
// directory are in the order of their paths. That a named file does not exist is
// found out when it is its turn.
func findModules(operands []string) ([]*module, error) {
	var modules []*module
	seen := make(map[string]bool)
	add := func(path string, size int64) {
		key := path
		if real, err := filepath.EvalSymlinks(path); err == nil {
			key = real
		}
		if abs, err := filepath.Abs(key); err == nil {
			key = abs
		}
		if !seen[key] {
			seen[key] = true
			modules = append(modules, &module{path: path, size: size})
		}
	}
	for _, operand := range operands {
		info, err := os.Stat(operand)
		if err != nil || !info.IsDir() {
			size := int64(0)
			if err == nil {
				size = info.Size()
			}
			add(operand, size)
			continue
		}
		before := len(modules)
		err = filepath.WalkDir(operand, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || !isModuleName(path) {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				add(path, info.Size())
			}
			return err
		})
		if err != nil {
			return nil, fileError(operand, err)
		}
		if len(modules) == before {
			return nil, fileError(operand, errors.New("no modules in this directory"))
		}
	}
	return modules, nil
}

// nameOutputs gives each module its file in dir. The error is about two that
// would get the same one.
func nameOutputs(modules []*module, dir string) error {
	taken := make(map[string]*module)
	for _, m := range modules {
		name := withoutCompression(filepath.Base(m.path))
		for _, suffix := range moduleSuffixes {
			name = strings.TrimSuffix(name, suffix)
		}
		m.output = filepath.Join(dir, name+".btf")
		if other := taken[m.output]; other != nil {
			return fmt.Errorf("%s and %s would both be written to %s", other.path, m.path, m.output)
		}
		taken[m.output] = m
	}
	return nil
}

// bySize returns the modules with the largest first, so that at the end no worker
// is left alone with a large one.
func bySize(modules []*module) []*module {
	sorted := slices.Clone(modules)
	slices.SortStableFunc(sorted, func(a, b *module) int { return cmp.Compare(b.size, a.size) })
	return sorted
}

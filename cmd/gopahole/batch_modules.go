package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// A batchModule is a file to be encoded, and what became of it.
type batchModule struct {
	path   string
	size   int64  // of the file, in bytes
	found  bool   // in a directory, and not named
	output string // file for the BTF, "" if it goes into the module
	report moduleReport

	encoding *encodingReport // for --report; nil if nobody asks
	err      error           // why it was not encoded
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

// isModuleName reports whether a file in a directory is taken for a module.
func isModuleName(name string) bool {
	name = withoutCompression(name)
	return slices.ContainsFunc(moduleSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

// findModules returns the modules that the operands of a batch stand for.
func findModules(names []string) ([]*batchModule, error) {
	operands, err := findOperands(names, "modules", isModule)
	if err != nil {
		return nil, err
	}
	modules := make([]*batchModule, len(operands))
	for i, o := range operands {
		modules[i] = &batchModule{path: o.path, size: o.size, found: o.found, err: o.err}
	}
	return modules, nil
}

// nameOutputs gives each module its file in dir, whose name comes from that of the
// module. The error is about two that would get the same one.
func nameOutputs(modules []*batchModule, dir string, rename func(name string) string) error {
	taken := make(map[string]*batchModule)
	for _, m := range modules {
		if m.err != nil {
			continue
		}
		m.output = filepath.Join(dir, rename(filepath.Base(m.path)))
		if other := taken[m.output]; other != nil {
			return fmt.Errorf("%s and %s would both be written to %s", other.path, m.path, m.output)
		}
		taken[m.output] = m
	}
	return nil
}

// btfName returns the name of the file for the raw BTF of a module.
func btfName(name string) string {
	name = withoutCompression(name)
	for _, suffix := range moduleSuffixes {
		name = strings.TrimSuffix(name, suffix)
	}
	return name + ".btf"
}

// sizeOf returns the size of all modules together, in bytes.
func sizeOf(modules []*batchModule) (n int64) {
	for _, m := range modules {
		n += m.size
	}
	return n
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Words for modules of the kernel that runs.
const (
	loadedWith    = "with BTF"
	loadedWithout = "without BTF"
	notLoaded     = "none"
)

// runningModules returns the modules of the kernel that runs on the system below a root.
func runningModules(root string) (*scanGroup, error) {
	base := filepath.Join(root, runningBTF)
	if _, err := os.Stat(base); err != nil {
		return nil, fmt.Errorf("running: %w: the kernel shows no BTF of its own; --base names its vmlinux", fileError(base, err))
	}
	release := runningRelease()
	for _, place := range []string{"lib/modules", "usr/lib/modules"} {
		dir := filepath.Join(root, place, release)
		if release == "" || !isDirectory(dir) {
			continue
		}
		found, err := findOperands([]string{dir}, "modules", isModule)
		if err != nil && !errors.As(err, new(*emptyError)) {
			return nil, err
		}
		loaded, err := loadedModules(root)
		return &scanGroup{dir: dir, base: base, modules: found, loaded: loaded}, err
	}
	return nil, fmt.Errorf("running: there are no modules of release %s", release)
}

// loadedModules returns which modules are loaded, and of which the kernel shows BTF.
func loadedModules(root string) (map[string]bool, error) {
	name := filepath.Join(root, "proc/modules")
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return map[string]bool{}, nil // a kernel without modules
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	defer f.Close()
	loaded := make(map[string]bool)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		module, _, _ := strings.Cut(lines.Text(), " ")
		_, err := os.Stat(filepath.Join(root, filepath.Dir(runningBTF), filepath.Base(module)))
		loaded[module] = err == nil
	}
	if err := lines.Err(); err != nil {
		return nil, fileError(name, err)
	}
	return loaded, nil
}

func loadedWord(loaded map[string]bool, module string) string {
	withBTF, isLoaded := loaded[module]
	switch {
	case !isLoaded:
		return notLoaded
	case withBTF:
		return loadedWith
	}
	return loadedWithout
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/module"
)

// debuginfodPrefix begins an input that is not here.
const debuginfodPrefix = "debuginfod:"

// findDebuginfo returns the file with the debugging information of a build ID; nil in a program that speaks to no network.
var findDebuginfo func(c *command, buildID string) (path string, err error)

// fetch gets what operands name by build IDs, and returns operands for the directories below tmp, or the one for temporary
// files, that have it. They go when remove is called.
func (c *command) fetch(operands []string, tmp string) (local []string, remove func(), err error) {
	remove = func() {}
	for _, o := range operands {
		ids, ok := strings.CutPrefix(o, debuginfodPrefix)
		if !ok {
			local = append(local, o)
			continue
		}
		if findDebuginfo == nil {
			return nil, remove, c.becomeNet()
		}
		c.mindSignals()
		dir, err := os.MkdirTemp(tmp, ".gopahole-debuginfod-*")
		if err != nil {
			return nil, remove, err
		}
		before := remove
		remove = func() { before(); os.RemoveAll(dir) }
		kernel, err := c.fetchKernel(strings.Split(ids, ","), dir)
		if err != nil {
			remove()
			return nil, func() {}, &unreadableError{fmt.Errorf("%s: %w", o, err)}
		}
		local = append(local, kernel)
	}
	return local, remove, nil
}

// fetchKernel makes a directory with a kernel and modules, which has the first build ID as its name.
func (c *command) fetchKernel(ids []string, tmp string) (string, error) {
	dir := filepath.Join(tmp, strings.ToLower(ids[0]))
	for i, id := range ids {
		path, err := findDebuginfo(c, id)
		if err != nil {
			return "", err
		}
		name, err := nameOf(path)
		if err != nil {
			return "", fmt.Errorf("build ID %s: %w", id, err)
		}
		if (name == "vmlinux") != (i == 0) {
			return "", fmt.Errorf("build ID %s is that of %s: the first one has to be of a vmlinux, the others of modules", id, name)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
		if err := linkOrCopy(path, filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// canNameModule reports whether a module may have a name. A regular expression would be compiled at each start of the
// program, which takes as long as the rest of its start.
func canNameModule(name string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	return len(name) > 0 && len(name) <= 64 && strings.Trim(name, letters) == ""
}

// nameOf is the name that a file of a kernel has.
func nameOf(path string) (string, error) {
	f, err := elffile.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if name := module.Name(f); canNameModule(name) {
		return name + ".ko", nil
	}
	if _, err := module.Release(f); !errors.Is(err, module.ErrNoRelease) {
		return "", errors.New("a module that does not say its name")
	}
	if module.ReleaseOf(f) == "" {
		return "", errors.New("it is neither a vmlinux, nor a module with what it says of itself, as in debug files that have debugging information and nothing else")
	}
	return "vmlinux", nil
}

// linkOrCopy gives a file another name, or a copy that name where that cannot be.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

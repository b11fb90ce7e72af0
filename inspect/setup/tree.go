package setup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/kernel"
)

// A Tree is a directory in which a kernel or modules are built.
type Tree struct {
	Dir     string // the directory of the build
	Source  string // that of the sources, which may be the same
	Release string // as uname -r prints it, or the beginning of that; "" if nothing says it
	Version kernel.Version
	// Whole: the sources of the kernel are there. Otherwise it is what modules are built with, as in a package of headers.
	Whole bool

	config     map[string]string // nil without a .config
	conditions []string          // of DEBUG_INFO_BTF, nil if there is no Kconfig
	modules    []string          // of DEBUG_INFO_BTF_MODULES
}

// ErrNoTree says that a directory is not one in which a kernel or modules are built.
var ErrNoTree = errors.New("is not a tree in which a kernel or its modules are built: it has no Makefile of a kernel")

// Open looks at a directory. The error is ErrNoTree, or about a file that cannot be read.
func Open(dir string) (*Tree, error) {
	t := &Tree{Dir: dir, Source: dir}
	version, source, err := readMakefile(filepath.Join(dir, "Makefile"))
	if err != nil {
		return nil, err
	}
	if source != "" { // the directory of O=, or a package of headers
		if !filepath.IsAbs(source) {
			source = filepath.Join(dir, source)
		}
		t.Source = source
		if version, _, err = readMakefile(filepath.Join(source, "Makefile")); err != nil {
			return nil, err
		}
	}
	if version == "" {
		return nil, ErrNoTree
	}
	t.Release = version
	if _, err := withFile(filepath.Join(dir, "include/config/kernel.release"), func(r io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(r, maxLine))
		if release := strings.TrimSpace(string(text)); release != "" {
			t.Release = release
		}
		return err
	}); err != nil {
		return nil, err
	}
	if t.Version, err = kernel.ParseVersion(t.Release); err != nil {
		return nil, fmt.Errorf("the release that it is of, %q: %w", t.Release, err)
	}
	_, err = os.Stat(filepath.Join(t.Source, "init/main.c"))
	t.Whole = err == nil
	if _, err := withFile(filepath.Join(dir, ".config"), func(r io.Reader) (err error) {
		t.config, err = readConfig(r)
		return err
	}); err != nil {
		return nil, err
	}
	for _, option := range []struct {
		name string
		to   *[]string
	}{{"DEBUG_INFO_BTF", &t.conditions}, {"DEBUG_INFO_BTF_MODULES", &t.modules}} {
		if _, err := withFile(filepath.Join(t.Source, "lib/Kconfig.debug"), func(r io.Reader) (err error) {
			*option.to, err = dependsOn(r, option.name)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readMakefile reads the version in the Makefile of a kernel, such as 6.12.0, or where its sources are if it is one that
// only says that. Both are "" if it is another one.
func readMakefile(name string) (version, source string, err error) {
	numbers := make(map[string]string)
	found, err := withFile(name, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			line := lines.Text()
			if rest, ok := strings.CutPrefix(line, "include "); ok && strings.HasSuffix(rest, "/Makefile") {
				source = strings.TrimSuffix(strings.TrimSpace(rest), "/Makefile")
			}
			if name, value, ok := strings.Cut(line, "="); ok {
				if name = strings.TrimSpace(name); numbers[name] == "" {
					numbers[name] = strings.TrimSpace(value)
				}
			}
		}
		return lines.Err()
	})
	if err != nil {
		return "", "", err
	}
	if !found {
		return "", "", ErrNoTree
	}
	if numbers["VERSION"] != "" && numbers["PATCHLEVEL"] != "" {
		return fmt.Sprintf("%s.%s.%s%s", numbers["VERSION"], numbers["PATCHLEVEL"], numbers["SUBLEVEL"], numbers["EXTRAVERSION"]), "", nil
	}
	return "", source, nil
}

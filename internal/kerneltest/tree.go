package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A tree is one version of Linux, and the directory in which it is built. There is one such directory for all
// configurations and encoders, one after the other, as most of the objects are the same.
type tree struct {
	*suite
	version string
	src     string
	build   string
	dir     string // of the results

	// Files that its build takes in place of others, for mountScripts: pairs of paths.
	scripts []string

	// Since 7.0 resolve_btfids distills and sorts, not the encoder, and a script calls both.
	genBTF bool
	// Up to 7.2 the encoder tags kfuncs, and afterwards resolve_btfids.
	encoderTags bool
	// Since 6.11 modules outside of the tree have a distilled base.
	distills bool
}

func (s *suite) tree(version string) (*tree, error) {
	t := &tree{
		suite:   s,
		version: version,
		src:     filepath.Join(s.peers.Dir(), "linux", version),
		dir:     filepath.Join(s.dir, version),
		build:   filepath.Join(s.dir, version, "build"),
	}
	if _, err := os.Stat(filepath.Join(t.src, "Makefile")); err != nil {
		return nil, fmt.Errorf("no sources (scripts/peers.sh linux-%s): %w", version, err)
	}
	_, err := os.Stat(filepath.Join(t.src, "scripts/gen-btf.sh"))
	t.genBTF = err == nil
	flags, err := os.ReadFile(filepath.Join(t.src, "scripts/Makefile.btf"))
	t.distills = err == nil && bytes.Contains(flags, []byte("distill"))
	t.encoderTags = bytes.Contains(flags, []byte("decl_tag_kfuncs"))
	return t, os.MkdirAll(t.build, 0o755)
}

// make runs make in dir and returns what it printed; in an error, only the end of that.
func (t *tree) make(dir string, e encoder, args ...string) (string, error) {
	// Otherwise a kernel counts its builds, and the banner, an array of char, is longer from the tenth one on.
	all := []string{"-C", dir, "KBUILD_BUILD_VERSION=1", "PAHOLE=" + e.pahole}
	if e.resolve != "" {
		all = append(all, "RESOLVE_BTFIDS="+e.resolve)
	}
	if !t.distills {
		// The programs of an old kernel make errors of warnings, and strchr was not as strict when they were written.
		all = append(all, "HOSTCC=gcc -Wno-error=discarded-qualifiers")
	}
	out, err := t.command("make", append(all, args...)...).CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("make %s: %w\n%s", strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
	return string(out), nil
}

// parallel is the option of make for all processors.
func parallel() string { return fmt.Sprintf("-j%d", runtime.NumCPU()) }

// configure brings the build directory to a configuration: tinyconfig, base, and the variant on top.
func (t *tree) configure(variant string) error {
	fragments := []string{"base.config"}
	if variant != "base" {
		fragments = append(fragments, variant+".config")
	}
	if _, err := t.make(t.src, t.subject, "-s", "O="+t.build, "tinyconfig"); err != nil {
		return err
	}
	config, err := os.OpenFile(filepath.Join(t.build, ".config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	want := make(map[string]string) // line by symbol
	for _, name := range fragments {
		text, err := os.ReadFile(filepath.Join(t.data, name))
		if err != nil {
			return err
		}
		if _, err := config.Write(text); err != nil { // the last line of a symbol counts
			return err
		}
		for line := range strings.Lines(string(text)) {
			if symbol := configSymbol(line); symbol != "" {
				want[symbol] = strings.TrimSpace(line)
			}
		}
	}
	if err := config.Close(); err != nil {
		return err
	}
	if _, err := t.make(t.build, t.subject, "-s", "olddefconfig"); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(t.build, ".config"))
	if err != nil {
		return err
	}
	got := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		got[configSymbol(line)] = strings.TrimSpace(line)
	}
	for symbol, line := range want {
		// A symbol that depends on something else does not appear at all.
		if got[symbol] != line && (got[symbol] != "" || !strings.HasPrefix(line, "#")) {
			return fmt.Errorf("%s.config wants %q, and olddefconfig makes it %q", variant, line, got[symbol])
		}
	}
	return nil
}

// configSymbol is the symbol that a line of a configuration sets or unsets; empty for other lines.
func configSymbol(line string) string {
	if rest, ok := strings.CutPrefix(line, "# CONFIG_"); ok {
		symbol, _, ok := strings.Cut(rest, " is not set")
		if ok {
			return symbol
		}
	}
	if rest, ok := strings.CutPrefix(line, "CONFIG_"); ok {
		symbol, _, _ := strings.Cut(rest, "=")
		return symbol
	}
	return ""
}

// unlink removes what holds BTF, so that the next build makes it again.
func (t *tree) unlink() error {
	files, err := t.files()
	if err != nil {
		return err
	}
	for _, name := range append(files, "vmlinux.unstripped") {
		if err := os.Remove(filepath.Join(t.build, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// linked is the name of the file of which the BTF of vmlinux is made.
func (t *tree) linked() string {
	if t.distills {
		return ".tmp_vmlinux1"
	}
	return ".tmp_vmlinux.btf"
}

// files lists vmlinux and the modules of the build directory, sorted.
func (t *tree) files() ([]string, error) {
	var files []string
	err := filepath.WalkDir(t.build, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(t.build, path)
		if err == nil && e.Type().IsRegular() && (strings.HasSuffix(name, ".ko") || name == "vmlinux") {
			files = append(files, name)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

// warnings are the lines in which a build complains about BTF.
func warnings(log string) string {
	var found bytes.Buffer
	for line := range strings.Lines(log) {
		if strings.Contains(line, "resolve_btfids:") || strings.Contains(line, "pahole:") || strings.Contains(line, "FAILED") ||
			strings.Contains(line, "BTF generation") {
			found.WriteString(line)
		}
	}
	return found.String()
}

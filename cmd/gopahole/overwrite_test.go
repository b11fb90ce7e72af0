package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gopahole/gopahole/internal/filetest"
)

// overwrites are the command lines of everything that writes, in a directory with the
// files of the scripts. OUT is what is written, or what makes the name of it: link is
// that name, and a link of that name leads to a file of reads, one after the other.
var overwrites = []struct {
	run   string
	link  string
	reads []string
}{
	{"gopahole -J --btf_base=base.btf --btf_encode_detached=OUT point.elf units.elf", "OUT",
		[]string{"base.btf", "base.btf.base", "point.elf", "point.elf.base", "units.elf"}},
	{"gopahole -J --btf_base=base.btf --btf_features=default,distilled_base --btf_encode_detached=OUT point.elf",
		"OUT.base", []string{"base.btf", "base.btf.base", "point.elf", "point.elf.base"}},
	{"gopahole -J --btf_base=base.btf --btf_base=ids.btf --btf_encode_detached=OUT point.elf", "OUT", []string{"base.btf", "ids.btf"}},
	{"gopahole -J --btf_base=base.btf --btf_base=kernel OUT", "OUT", []string{"kernel"}},
	{"gopahole -J --cpuprofile=OUT --btf_base=base.btf point.elf", "OUT", []string{"base.btf", "point.elf"}},
	{"gopahole -J --memprofile=OUT --btf_base=base.btf point.elf", "OUT", []string{"base.btf", "point.elf"}},
	{"gopahole -J --memprofile=OUT --btf_encode_detached=out point.elf", "OUT", []string{"out"}},
	{"gopahole encode --base=base.btf -o . point.elf driver.ko", "driver.btf",
		[]string{"base.btf", "base.btf.base", "driver.ko", "point.elf", "point.elf.btf"}},
	{"gopahole encode --base=base.btf --features=default,distilled_base -o . driver.ko", "driver.btf.base",
		[]string{"base.btf", "base.btf.base", "driver.ko", "driver.ko.base", "driver.btf"}},
	{"gopahole encode --base=kernel --in_place OUT", "OUT", []string{"kernel"}},
	{"gopahole encode --base=base.btf --cpuprofile=OUT --in_place driver.ko", "OUT", []string{"base.btf"}},
	{"gopahole gen --base=kernel OUT", "OUT", []string{"kernel"}},
	{"gopahole distill --base=base.btf -o OUT ids.ko", "OUT", []string{"base.btf", "base.btf.base", "ids.ko", "ids.ko.base"}},
	{"gopahole distill --base=base.btf -o OUT ids.btf", "OUT.base", []string{"base.btf", "base.btf.base", "ids.btf"}},
	{"gopahole distill --base=base.btf -o . copies/ids.ko", "ids.ko", []string{"base.btf", "copies/ids.ko"}},
	{"gopahole relocate --base=base.btf -o OUT distilled.ko", "OUT", []string{"base.btf", "base.btf.base", "distilled.ko", "distilled.ko.base"}},
	{"gopahole relocate --base=base.btf -o OUT raw", "OUT", []string{"base.btf", "raw", "raw.base"}},
	{"gopahole -J --btf_base=kernel.zst OUT", "OUT", []string{"kernel.zst"}},
	{"gopahole -J --btf_encode_detached=OUT driver.ko.zst", "OUT", []string{"driver.ko.zst", "driver.ko.zst.base"}},
	{"gopahole encode --base=kernel.zst -o . driver.ko.zst", "driver.btf", []string{"kernel.zst", "driver.ko.zst"}},
	{"gopahole encode --base=kernel.zst --in_place OUT", "OUT", []string{"kernel.zst"}},
	{"gopahole gen --base=kernel.zst OUT", "OUT", []string{"kernel.zst"}},
	{"gopahole distill --base=base.btf.gz -o OUT.ko.xz ids.ko.xz", "OUT.ko.xz", []string{"base.btf.gz", "ids.ko.xz"}},
	{"gopahole distill --base=base.btf -o . copies/ids.ko.xz", "ids.ko.xz", []string{"base.btf", "copies/ids.ko.xz"}},
	{"resolve_btfids --patch_btfids ids.ko.xz OUT", "OUT", []string{"ids.ko.xz"}}, // of another size
	{"resolve_btfids --btf ids.btf -b base.btf ids.ko", "ids.ko.BTF", []string{"ids.btf", "base.btf", "base.btf.base", "ids.ko"}},
	{"resolve_btfids --btf ids.btf -b base.btf ids.ko", "ids.ko.BTF_ids", []string{"ids.btf", "base.btf", "base.btf.base", "ids.ko", "ids.ko.BTF"}},
	{"resolve_btfids --distill_base --btf ids.btf -b base.btf ids.ko", "ids.ko.BTF.base",
		[]string{"ids.btf", "base.btf", "base.btf.base", "ids.ko", "ids.ko.BTF"}},
	{"resolve_btfids --btf ids.btf -b base.btf --in_place OUT", "OUT", []string{"base.btf"}}, // no ELF file
	{"resolve_btfids --patch_btfids ids.ko OUT", "OUT", []string{"ids.ko"}},                  // of another size
}

var refusesToOverwrite = regexp.MustCompile("would be overwritten|only one of the two could be written|not an ELF file|size mismatch")

// TestOverwrite: no file that a run reads is written over, and no file is written
// twice, under any name.
func TestOverwrite(t *testing.T) {
	makers := []struct {
		name string
		make func(to, name string) error
	}{
		{"symbolic link", func(to, name string) error { return os.Symlink(to, name) }},
		{"long way", func(to, name string) error { return os.Symlink("bak/../"+to, name) }},
		{"link to a link", func(to, name string) error {
			if err := os.Symlink(to, name+"-2"); err != nil {
				return err
			}
			return os.Symlink(filepath.Base(name)+"-2", name)
		}},
		{"hard link", func(to, name string) error { return os.Link(to, name) }},
	}
	made := t.TempDir()
	setupOverwrite(t, made)
	files := contents(t, made)
	n := 0
	for _, tt := range overwrites {
		for _, to := range tt.reads {
			for i, maker := range makers {
				if n++; testing.Short() && i != n/len(makers)%len(makers) {
					continue
				}
				what := fmt.Sprintf("%s, and %s is a %s to %s", tt.run, tt.link, maker.name, to)
				t.Run(what, func(t *testing.T) {
					dir := t.TempDir()
					restore(t, dir, files)
					t.Chdir(dir)
					if _, err := os.Stat(to); err != nil && maker.name == "hard link" {
						t.Skip("two outputs that do not exist yet have no links")
					}
					os.Remove(tt.link)
					if err := maker.make(to, tt.link); err != nil {
						t.Fatal(err)
					}
					before := contents(t, dir)
					args := strings.Fields(tt.run)
					code, _, stderr := runAs(args[0], args[1:]...)
					if code == exitOK {
						t.Error("status 0")
					}
					if !refusesToOverwrite.MatchString(stderr) {
						t.Error(stderr)
					}
					after := contents(t, dir)
					for _, path := range []string{to, tt.link} {
						if old, ok := before[path]; ok && old != after[path] {
							t.Errorf("%s was changed", path)
						}
					}
				})
			}
		}
	}
}

// setupOverwrite makes the files of the scripts, some of them compressed, and some with what is taken for a
// distilled base beside them.
func setupOverwrite(t *testing.T, dir string) {
	t.Helper()
	if err := setupScript(&testscript.Env{WorkDir: dir}); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := realRun("-J", filepath.Join(dir, "point.elf")); code != exitOK {
		t.Fatal(stderr)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	raw, base := filetest.Section(t, filepath.Join(dir, "distilled.ko"), ".BTF"), filetest.Section(t, filepath.Join(dir, "distilled.ko"), ".BTF.base")
	if err := os.Mkdir(filepath.Join(dir, "copies"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"kernel": read("point.elf"), "copies/ids.ko": read("ids.ko"), "raw": raw, "raw.base": base, "words": make([]byte, 32),
		"base.btf.base": []byte("text"), "driver.ko.zst.base": []byte("text"), "point.elf.base": []byte("text"),
		"driver.ko.base": []byte("text"), "ids.ko.base": []byte("text"), "distilled.ko.base": []byte("text"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packFile(t, "zst", filepath.Join(dir, "kernel"))
	packFile(t, "zst", filepath.Join(dir, "driver.ko"))
	packFile(t, "gz", filepath.Join(dir, "base.btf"))
	packFile(t, "xz", filepath.Join(dir, "ids.ko"))
	packFile(t, "xz", filepath.Join(dir, "copies", "ids.ko"))
}

// contents returns what is in a directory: the contents of files and the texts of links.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if entry.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			files[name] = linkPrefix + to
			return err
		}
		data, err := os.ReadFile(path)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// restore makes what contents returned.
func restore(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, linkPrefix); ok {
			err = os.Symlink(to, path)
		} else {
			err = os.WriteFile(path, bytes.Clone([]byte(text)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const linkPrefix = "link to "

// runAs runs the program under a name.
func runAs(name string, args ...string) (code int, stdout, stderr string) {
	if name == resolveName {
		args = append([]string{resolveName}, args...) // the verb
	}
	return realRun(args...)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// again lets the build encode the modules of the tree once more, in files that have BTF already, as it does when
// vmlinux is newer. (Since 7.0 they are linked again, too.)
func (t *tree) again(k *kernel) error {
	now := time.Now()
	if err := os.Chtimes(filepath.Join(t.build, "vmlinux"), now, now); err != nil {
		return err
	}
	out, err := t.make(t.build, t.subject, parallel(), "modules")
	if err != nil {
		return err
	}
	if n := strings.Count(out, "  BTF [M] "); n != len(treeModules) || strings.Contains(out, "  LD [M] ") {
		t.problem("%s: with a newer vmlinux, %d modules are encoded again, want %d, and none linked", t.version, n, len(treeModules))
	}
	second, err := t.snapshot()
	if err != nil {
		return err
	}
	for _, text := range differences(second, k.contents) {
		t.problem("%s: encoded again in place: %s", t.version, text)
	}
	return nil
}

// compare builds vmlinux and modules with the reference and compares the sections.
func (t *tree) compare(k *kernel, files map[string]string) error {
	if err := t.unlink(); err != nil {
		return err
	}
	linked := filepath.Join(k.dir, "linked")
	if err := os.Rename(filepath.Join(t.build, t.linked()), linked); err != nil {
		return err
	}
	out, err := t.make(t.build, t.reference, parallel(), "vmlinux", "modules")
	if err != nil {
		return err
	}
	want, err := t.snapshot()
	if err != nil {
		return err
	}
	diffs := differences(k.contents, want)
	for _, text := range diffs {
		t.problem("%s: %s: not what pahole writes: %s", t.version, k.name, text)
	}
	if len(diffs) == 0 {
		if err := os.Remove(linked); err != nil {
			return err
		}
	}
	for name, c := range want {
		// To look at the differences, with what was encoded in linked.
		if k.contents[name].differences(c) != nil {
			for encoder, btf := range map[string][]byte{t.subject.name: k.contents[name].btf, t.reference.name: c.btf} {
				if err := os.WriteFile(filepath.Join(k.dir, filepath.Base(name)+"."+encoder+".btf"), btf, 0o644); err != nil {
					return err
				}
			}
		}
	}
	if got, want := k.warnings, warnings(out); got != want {
		t.problem("%s: %s: the build prints\n%s\nand with pahole\n%s", t.version, k.name, got, want)
	}
	for _, name := range modules {
		if files[name] == "" {
			continue
		}
		path, err := t.module(name, t.reference)
		if err != nil {
			return err
		}
		for _, text := range t.moduleProblems(files[name], path) {
			t.problem("%s: %s: %s", t.version, name, text)
		}
	}
	return nil
}

// kfuncs is how many kfuncs gph_oot has.
func (t *tree) kfuncs() int {
	if t.genBTF {
		return 3
	}
	return 2
}

// moduleProblems compares a module with that of the reference, and looks at what it must have anyway.
func (t *tree) moduleProblems(path, reference string) []string {
	got, err := readContents(path)
	if err != nil {
		return []string{err.Error()}
	}
	want, err := readContents(reference)
	if err != nil {
		return []string{err.Error()}
	}
	problems := got.differences(want)
	if !t.distills {
		return problems
	}
	if got.base == nil {
		return append(problems, "no distilled base")
	}
	if filepath.Base(path) != "gph_oot.ko" {
		return problems
	}
	dump, err := t.dump(path, "")
	if err != nil {
		return append(problems, err.Error())
	}
	if n := bytes.Count(dump, []byte("DECL_TAG 'bpf_kfunc'")); n != t.kfuncs() {
		problems = append(problems, fmt.Sprintf("%d tags of kfuncs, want %d", n, t.kfuncs()))
	}
	return problems
}

// dump prints BTF by bpftool, which relocates a module with a distilled base to the one that is given.
func (t *tree) dump(path, base string) ([]byte, error) {
	args := []string{"btf", "dump", "file", path, "format", "raw"}
	if base != "" {
		args = append([]string{"-B", base}, args...)
	}
	cmd := t.peers.Command("bpftool", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("bpftool: %s: %w: %s", path, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// headers compiles vmlinux.h and the headers of the modules.
func (t *tree) headers(k *kernel) error {
	for name, c := range k.contents {
		file := filepath.Join(k.dir, filepath.Base(name)+".dump")
		if err := os.WriteFile(file, c.btf, 0o644); err != nil {
			return err
		}
		args := []string{"btf", "dump", "file", file, "format", "c"}
		if name != "vmlinux" {
			args = append([]string{"-B", k.vmlinuxBTF()}, args...)
		}
		text, err := t.peers.Command("bpftool", args...).Output()
		if err != nil {
			return fmt.Errorf("bpftool btf dump of %s: %w", name, err)
		}
		header := file + ".h"
		if err := os.WriteFile(header, text, 0o644); err != nil {
			return err
		}
		gcc := t.peers.Command("gcc", "-std=gnu11", "-fsyntax-only", "-w", "-DBPF_NO_PRESERVE_ACCESS_INDEX", "-x", "c", header)
		if out, err := gcc.CombinedOutput(); err != nil {
			t.problem("%s: the header of %s does not compile:\n%s", t.version, name, out)
		}
	}
	return nil
}

// gen builds gph_oot where there is no vmlinux, so that the build leaves out BTF, and lets the verb gen make up for it,
// which is called with further options.
func (t *tree) gen(k *kernel, files map[string]string, options ...string) error {
	want, err := readContents(files["gph_oot"])
	if err != nil {
		return err
	}
	vmlinux := filepath.Join(t.build, "vmlinux")
	if err := os.Rename(vmlinux, vmlinux+".away"); err != nil {
		return err
	}
	subject := t.subject
	subject.name = "no-vmlinux"
	path, text, err := t.moduleWarnings("gph_oot", subject)
	if err := errors.Join(err, os.Rename(vmlinux+".away", vmlinux)); err != nil {
		return err
	}
	if !strings.Contains(text, "Skipping BTF generation for") {
		return fmt.Errorf("without vmlinux, the build of a module should skip BTF: %q", text)
	}
	args := append([]string{"gen", "--base", k.vmlinuxBTF(), path}, options...)
	if out, err := exec.Command(t.gopahole, args...).CombinedOutput(); err != nil {
		t.problem("%s: gopahole gen: %v: %s", t.version, err, out)
		return nil
	}
	got, err := readContents(path)
	if err != nil {
		return err
	}
	for _, text := range got.differences(want) {
		t.problem("%s: gopahole gen does not make what the build does: %s", t.version, text)
	}
	return nil
}

// broken lets encoders that leave out something they are asked for encode gph_oot, which the comparison must notice. It
// adds the module without distilled base to the files for the boots.
func (t *tree) broken(k *kernel, files map[string]string) error {
	subject := t.subject
	subject.resolve = filepath.Join(t.build, "tools/bpf/resolve_btfids/resolve_btfids")
	for _, b := range []struct{ name, pattern, problem string }{
		{"no-distilled-base", `^--btf_features=distilled_base$\|^--distill_base$`, "no distilled base"},
		{"no-kfunc-tags", `,decl_tag_kfuncs`, "0 tags of kfuncs"},
	} {
		if b.name == "no-kfunc-tags" && !t.encoderTags {
			continue
		}
		e, err := t.without(subject, b.name, b.pattern)
		if err != nil {
			return err
		}
		path, err := t.module("gph_oot", e)
		if err != nil {
			return err
		}
		if b.name == "no-distilled-base" {
			files["nobase"] = path
		}
		found := strings.Join(t.moduleProblems(path, files["gph_oot"]), "; ")
		if !strings.Contains(found, b.problem) {
			t.problem("%s: the encoder %s was not noticed: %q", t.version, b.name, found)
		}
		fmt.Printf("%s: the encoder %s is noticed: %s\n", t.version, b.name, found)
	}
	return nil
}

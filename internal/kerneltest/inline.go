package main

import (
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// inlined builds the kernel and the modules as a kernel with BTF inline does, and boots it. k and files are the same
// without it, and their kfuncs are the same.
func (t *tree) inlined(k *kernel, files map[string]string) error {
	inline, err := t.withScripts("inline-built", scriptsInlineBuilt)
	if err != nil {
		return err
	}
	e := encoder{name: "inline", pahole: t.gopahole, resolve: t.resolver.resolve}
	var got *kernel
	var own map[string]string
	err = t.step("inline: build", func() (err error) {
		if got, own, err = inline.nextKernel(e); err != nil {
			return err
		}
		if got.warnings != "" {
			t.problem("%s: inline: the build prints\n%s", t.version, got.warnings)
		}
		if err := inline.sameKfuncs(got, k, own, files); err != nil {
			return err
		}
		return inline.checkInline(got, own)
	})
	if err != nil {
		return err
	}
	return inline.tryBoot(got, own)
}

// checkInline looks at the sections with BTF inline.
func (t *tree) checkInline(k *kernel, files map[string]string) error {
	vmlinux := filepath.Join(t.build, "vmlinux")
	size, err := inlineSize(vmlinux)
	if err != nil {
		return err
	}
	fmt.Printf("%s: inline: .BTF of vmlinux has %d bytes, .BTF.inline %d\n", t.version, len(k.contents["vmlinux"].btf), size)
	paths := []string{vmlinux}
	for _, path := range treeModules {
		paths = append(paths, filepath.Join(t.build, path))
	}
	for _, name := range modules {
		paths = append(paths, files[name])
	}
	for _, path := range paths {
		if _, err := inlineSize(path); err != nil {
			t.problem("%s: inline: %v", t.version, err)
			continue
		}
		args := []string{"verify", "--kernel=7.4", path}
		if path != vmlinux {
			args = slices.Insert(args, 2, "--base="+k.vmlinuxBTF())
		}
		if out, err := exec.Command(t.gopahole, args...).CombinedOutput(); err != nil {
			t.problem("%s: inline: gopahole %s: %v: %s", t.version, strings.Join(args, " "), err, out)
		}
	}
	// Kernels call it everywhere, and it is always inlined.
	const function = "get_current"
	out, err := exec.Command(t.gopahole, "inline", function, vmlinux).CombinedOutput()
	if n := strings.Count(string(out), " "+function+"("); err != nil || n < 100 {
		t.problem("%s: inline: %d places of %s: %v: %.200s", t.version, n, function, err, out)
	}
	return nil
}

// inlineSize is the size of a file's section with BTF inline.
func inlineSize(path string) (uint64, error) {
	f, err := elf.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	s := f.Section(".BTF.inline")
	if s == nil {
		return 0, fmt.Errorf("%s has no .BTF.inline", path)
	}
	return s.Size, nil
}

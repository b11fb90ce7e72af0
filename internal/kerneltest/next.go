package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// next builds the kernel and the modules with the scripts of the next release, in which resolve_btfids tags the kfuncs.
// Nothing but the BTF step is repeated. There is no such kernel yet, so the result is compared with that of the present
// one: both must offer the same kfuncs. Then it boots.
func (t *tree) next(base *kernel, files map[string]string) error {
	next, err := t.withScripts("7.3", scripts73)
	if err != nil {
		return err
	}
	sets := encoder{name: "next", pahole: t.gopahole, resolve: t.resolver.resolve}
	var k *kernel
	var own map[string]string
	err = t.step("next: build", func() error {
		if k, own, err = next.nextKernel(sets); err != nil {
			return err
		}
		if k.warnings != "" {
			t.problem("%s: next: the build prints\n%s", t.version, k.warnings)
		}
		return next.sameKfuncs(k, base, own, files)
	})
	if err != nil {
		return err
	}
	if err := t.step("next: gopahole gen", func() error { return next.gen(k, own, "--release=7.3") }); err != nil {
		return err
	}
	if err := t.step("next: comparisons", func() error { return next.sameResults(k, own) }); err != nil {
		return err
	}
	if err := next.tryBoot(k, own); err != nil {
		return err
	}
	if t.all {
		if err := t.inlined(k, own); err != nil {
			return err
		}
	}
	return next.untagged()
}

// nextKernel builds a kernel and modules outside of the tree, and returns the files of these by case.
func (t *tree) nextKernel(e encoder) (*kernel, map[string]string, error) {
	k, err := t.keep(e.name, e)
	if err != nil {
		return nil, nil, err
	}
	own := map[string]string{"badname": filepath.Join(k.dir, "badname.ko")}
	for _, name := range modules {
		path, text, err := t.moduleWarnings(name, e)
		if err != nil {
			return nil, nil, err
		}
		k.warnings += text
		own[name] = path
	}
	return k, own, badName(own["gph_oot"], own["badname"])
}

// sameKfuncs compares what C programs see of the kfuncs of two kernels, and of gph_oot for each.
func (t *tree) sameKfuncs(got, want *kernel, gotFiles, wantFiles map[string]string) error {
	for _, f := range []struct{ name, got, want string }{
		{"vmlinux", got.vmlinuxBTF(), want.vmlinuxBTF()},
		{"gph_oot", gotFiles["gph_oot"], wantFiles["gph_oot"]},
	} {
		g, err := t.kfuncDeclarations(f.got, got.vmlinuxBTF())
		if err != nil {
			return err
		}
		w, err := t.kfuncDeclarations(f.want, want.vmlinuxBTF())
		if err != nil {
			return err
		}
		if len(w) == 0 || !slices.Equal(g, w) {
			t.problem("%s: %s: %s has other kfuncs:\n%s\nand not\n%s", t.version, got.name, f.name, strings.Join(g, "\n"), strings.Join(w, "\n"))
		}
		fmt.Printf("%s: %s: %s declares %d kfuncs to C programs\n", t.version, got.name, f.name, len(g))
	}
	return nil
}

// kfuncDeclarations are the declarations of kfuncs in the header that bpftool makes, sorted. It finds them by their tags.
func (t *tree) kfuncDeclarations(path, base string) ([]string, error) {
	args := []string{"btf", "dump", "file", path, "format", "c"}
	if path != base {
		args = append([]string{"-B", base}, args...)
	}
	text, err := t.peers.Command("bpftool", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("bpftool btf dump of %s: %w", path, err)
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "extern ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	slices.Sort(found)
	return found, nil
}

// sameResults lets others do the same: pahole as the encoder, and the scripts of a kernel that knows of BTF inline.
func (t *tree) sameResults(k *kernel, files map[string]string) error {
	inline, err := t.withScripts("inline", scriptsInline)
	if err != nil {
		return err
	}
	resolve := t.resolver.resolve
	for _, other := range []struct {
		tree *tree
		encoder
	}{
		{t, encoder{name: "next-pahole", pahole: t.reference.pahole, resolve: resolve}},
		{inline, encoder{name: "next-inline", pahole: t.gopahole, resolve: resolve}},
	} {
		if err := other.tree.sameFiles(k, files, other.encoder, k.warnings); err != nil {
			return err
		}
	}
	return nil
}

// sameFiles compares the BTF of kernel and modules with what another encoder makes of them in this tree, whose build
// has to print these warnings.
func (t *tree) sameFiles(k *kernel, files map[string]string, e encoder, warn string) error {
	if err := t.unlink(); err != nil {
		return err
	}
	out, err := t.make(t.build, e, parallel(), "vmlinux", "modules")
	if err != nil {
		return err
	}
	printed := warnings(out)
	other, err := t.snapshot()
	if err != nil {
		return err
	}
	for _, text := range differences(k.contents, other) {
		t.problem("%s: %s: not what %s writes: %s", t.version, k.name, e.name, text)
	}
	for _, name := range modules {
		path, text, err := t.moduleWarnings(name, e)
		if err != nil {
			return err
		}
		printed += text
		got, err := readContents(files[name])
		if err != nil {
			return err
		}
		want, err := readContents(path)
		if err != nil {
			return err
		}
		for _, text := range got.differences(want) {
			t.problem("%s: %s: %s: not what %s writes: %s", t.version, k.name, name, e.name, text)
		}
	}
	if printed != warn {
		t.problem("%s: %s: the build prints\n%s", t.version, e.name, printed)
	}
	return nil
}

// untagged shows what the scripts of the next release lead to with a resolve_btfids that leaves the tags to the encoder,
// as up to Linux 7.2: that of gopahole when it is told so, and that of the tree, which writes the same. The build goes
// well, but no kfunc has a tag, and those with implicit arguments cannot be called. That is noticed.
func (t *tree) untagged() error {
	e := encoder{name: "untagged", pahole: t.gopahole, resolve: filepath.Join(t.suite.dir, "bin", "untagged-resolve_btfids")}
	script := fmt.Sprintf("#!/bin/sh\nexec %s --kfuncs=tags \"$@\"\n", t.peers.Inside(t.resolver.resolve))
	if err := os.WriteFile(e.resolve, []byte(script), 0o755); err != nil {
		return err
	}
	var k *kernel
	var own map[string]string
	err := t.step("untagged: build", func() (err error) {
		if k, own, err = t.nextKernel(e); err != nil {
			return err
		}
		if !strings.Contains(k.warnings, "the BTF has no tag bpf_kfunc") {
			t.problem("%s: untagged: resolve_btfids does not say so: %q", t.version, k.warnings)
		}
		for name, path := range map[string]string{"vmlinux": k.vmlinuxBTF(), "gph_oot": own["gph_oot"]} {
			declared, err := t.kfuncDeclarations(path, k.vmlinuxBTF())
			if err != nil {
				return err
			}
			if len(declared) > 0 {
				t.problem("%s: untagged: %s declares %d kfuncs", t.version, name, len(declared))
			}
		}
		out, err := exec.Command(t.gopahole, "verify", "--kfuncs", "--base", k.vmlinuxBTF(), own["gph_oot"]).CombinedOutput()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !bytes.Contains(out, []byte("gph_add")) {
			t.problem("%s: untagged: gopahole verify --kfuncs does not notice: %v: %s", t.version, err, out)
		}
		return nil
	})
	if err != nil {
		return err
	}
	tools := encoder{name: "untagged-tools", pahole: t.gopahole}
	err = t.step("untagged: the kernel's resolve_btfids", func() error { return t.sameFiles(k, own, tools, "") })
	if err != nil {
		return err
	}
	return t.tryBoot(k, own)
}

package main

import (
	"os"
	"path/filepath"
)

// test is the whole test of one version of Linux.
func (t *tree) test() error {
	base, err := t.kernel("base")
	if err != nil {
		return err
	}
	files := make(map[string]string) // of the modules outside of the tree, by case
	err = t.step("modules outside of the tree", func() error {
		for _, name := range modules {
			if files[name], err = t.module(name, t.subject); err != nil {
				return err
			}
		}
		if !t.distills {
			return nil
		}
		files["badname"] = filepath.Join(t.dir, "badname.ko")
		return badName(files["gph_oot"], files["badname"])
	})
	if err != nil {
		return err
	}
	if !t.genBTF {
		if err := t.step("base: encoded again", func() error { return t.again(base) }); err != nil {
			return err
		}
	}
	if err := t.step("base: vmlinux.h", func() error { return t.headers(base) }); err != nil {
		return err
	}
	if t.distills {
		if err := t.step("broken encoders", func() error { return t.broken(base, files) }); err != nil {
			return err
		}
	}
	if t.gopahole != "" {
		if err := t.step("gopahole gen", func() error { return t.gen(base, files) }); err != nil {
			return err
		}
		if err := t.step("base: resolve_btfids", func() error { return t.resolve(base, files) }); err != nil {
			return err
		}
	}
	if err := t.step("base: comparison with pahole", func() error { return t.compare(base, files) }); err != nil {
		return err
	}
	if err := t.tryBoot(base, files); err != nil {
		return err
	}
	if t.gopahole != "" && t.genBTF && t.encoderTags {
		if err := t.next(base, files); err != nil {
			return err
		}
	}
	variants := []string{"changed"}
	if t.all {
		variants = append(variants, "lenient", "resized")
	}
	for _, variant := range variants {
		k, err := t.kernel(variant)
		if err != nil {
			return err
		}
		if t.all {
			if err := t.step(variant+": comparison with pahole", func() error { return t.compare(k, nil) }); err != nil {
				return err
			}
		}
		if err := t.tryBoot(k, files); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) step(name string, f func() error) error { return step(t.version+": "+name, f) }

// A built kernel is what is kept of one configuration, in a directory of its own, as the build directory is used for
// the next one.
type kernel struct {
	name     string
	dir      string              // bzImage, vmlinux.btf, and the modules of the tree
	contents map[string]contents // by path in the build directory
	warnings string
}

// kernel configures, builds and keeps a kernel.
func (t *tree) kernel(variant string) (k *kernel, err error) {
	if err := t.step(variant+": configuration", func() error { return t.configure(variant) }); err != nil {
		return nil, err
	}
	err = t.step(variant+": build", func() error {
		k, err = t.keep(variant, t.subject)
		return err
	})
	return k, err
}

// keep builds a kernel as it is configured, and keeps it.
func (t *tree) keep(variant string, e encoder) (*kernel, error) {
	k := &kernel{name: variant, dir: filepath.Join(t.dir, variant)}
	// Whatever the last run left was perhaps made by another encoder.
	if err := t.unlink(); err != nil {
		return nil, err
	}
	out, err := t.make(t.build, e, parallel(), "bzImage", "modules")
	if err != nil {
		return nil, err
	}
	k.warnings = warnings(out)
	if k.contents, err = t.snapshot(); err != nil {
		return nil, err
	}
	if others := otherModules(k.contents); len(k.contents) != 1+len(treeModules) || len(others) > 0 {
		t.problem("%s: %s: %d modules, unknown are %q", t.version, variant, len(k.contents)-1, others)
	}
	if err := os.RemoveAll(k.dir); err != nil {
		return nil, err
	}
	if err := os.Mkdir(k.dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range append([]string{"arch/x86/boot/bzImage"}, treeModules...) {
		text, err := os.ReadFile(filepath.Join(t.build, name))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(k.dir, filepath.Base(name)), text, 0o644); err != nil {
			return nil, err
		}
	}
	return k, os.WriteFile(k.vmlinuxBTF(), k.contents["vmlinux"].btf, 0o644)
}

func (k *kernel) vmlinuxBTF() string { return filepath.Join(k.dir, "vmlinux.btf") }

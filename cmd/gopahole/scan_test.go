package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRunningModules has a system of files: modules that are loaded with and without BTF.
func TestRunningModules(t *testing.T) {
	root := t.TempDir()
	if _, err := runningModules(root); err == nil {
		t.Error("a kernel without BTF")
	}
	release := runningRelease()
	if release == "" {
		t.Skip("no release here")
	}
	for name, contents := range map[string]string{
		runningBTF:                "",
		"sys/kernel/btf/with_btf": "",
		"proc/modules":            "with_btf 16384 0 - Live 0x0\nbare 16384 1 with_btf, Live 0x0\n",
		"lib/modules/" + release + "/kernel/with-btf.ko.xz": "",
		"lib/modules/" + release + "/kernel/bare.ko":        "",
		"lib/modules/" + release + "/extra/idle.ko":         "",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g, err := runningModules(root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"with_btf": loadedWith, "bare": loadedWithout, "idle": notLoaded}
	if len(g.modules) != len(want) {
		t.Errorf("modules %v", g.modules)
	}
	for _, o := range g.modules {
		name := moduleName(o.path)
		if got := loadedWord(g.loaded, name); got != want[name] {
			t.Errorf("%s: loaded %s, want %s", name, got, want[name])
		}
	}
	if g.base != filepath.Join(root, runningBTF) {
		t.Errorf("base %s", g.base)
	}
}

func TestReleaseDir(t *testing.T) {
	for dir, want := range map[string][2]string{
		"/lib/modules/6.1":               {"/", "6.1"},
		"/x/usr/lib/modules/6.1/":        {"/x/", "6.1"},
		"/x/usr/lib/debug/lib/modules/6": {"/x/", "6"},
		"/lib/modules":                   {},
		"/x/modules/6.1":                 {},
	} {
		root, release, _ := releaseDir(dir)
		if root != want[0] || release != want[1] {
			t.Errorf("%s: %q, %q", dir, root, release)
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
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

// TestListFiles has the files that a kernel shows of its own BTF and of a module.
func TestListFiles(t *testing.T) {
	dir := t.TempDir()
	base := btf.NewBuilder(nil, nil)
	base.AddInt("int", 4, btf.EncodingSigned)
	vmlinux, err := base.Build()
	if err != nil {
		t.Fatal(err)
	}
	split := btf.NewBuilder(nil, vmlinux)
	split.AddTypedef("t", 1)
	split.AddTypedef("u", 1)
	module, err := split.Build()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"vmlinux": vmlinux.Bytes(), "a_module": module.Bytes(), "a_module.inline": nil, "damaged": []byte("no BTF")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stderr bytes.Buffer
	c := &command{stderr: &stderr}
	all, err := c.listFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range all {
		got = append(got, strings.Join(all[i].row(), " "))
	}
	want := []string{
		fmt.Sprintf("- vmlinux vmlinux %d 1 ", len(vmlinux.Bytes())),
		fmt.Sprintf("- module a_module %d 2 ", len(module.Bytes())),
		"- module damaged 6 - ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !strings.Contains(stderr.String(), "damaged") {
		t.Errorf("messages: %s", stderr.String())
	}
	if e := (*statusError)(nil); !errors.As(listed(all, nil), &e) || e.code != exitUnreadable {
		t.Errorf("a damaged file: %v", listed(all, nil))
	}
	if err := listed(all[:2], nil); err != nil {
		t.Errorf("files that can be read: %v", err)
	}
	if all, err := c.listFiles(filepath.Join(dir, "gone")); err != nil || all != nil {
		t.Errorf("a kernel that shows nothing: %v, %v", all, err)
	}
}

// TestOtherKernel: a module whose types may fit by chance is not of a kernel with another release
// or another struct module.
func TestOtherKernel(t *testing.T) {
	dir := t.TempDir()
	if err := setupGen(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "driver.ko")
	contents := []elffile.Content{{Name: ".BTF", Data: []byte("BTF")}, {Name: thisModule, Data: make([]byte, 64)}}
	if err := elffile.SetSections(name, contents, elffile.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	in, err := readBTFInput(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	for _, tt := range []struct {
		target splitTarget
		want   string // part of the error, "" for none
	}{
		{splitTarget{"6.12.0-test", 64}, ""},
		{splitTarget{"6.12.0-other", 64}, "it is for Linux 6.12.0-test, "},
		{splitTarget{"6.12.0-test", 72}, "its struct module has 64 bytes, and that of the kernel 72"},
		{splitTarget{}, ""},
	} {
		if err := tt.target.otherKernel(in); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.target, err)
		}
	}
	in.sections.Base = []byte("BTF")
	if err := (&splitTarget{"6.12.0-other", 72}).otherKernel(in); err != nil {
		t.Errorf("a distilled base: %v", err)
	}
}

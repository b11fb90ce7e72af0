package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

// tryBoot boots a kernel with all modules and looks at what it reports.
func (t *tree) tryBoot(k *kernel, files map[string]string) error {
	return t.step(k.name+": boot", func() error {
		var plan []protocol.Module
		paths := make(map[string]string)
		for _, path := range treeModules {
			name := strings.TrimSuffix(filepath.Base(path), ".ko")
			plan = append(plan, protocol.Module{Case: name, Name: name, Keep: true})
			paths[name] = filepath.Join(k.dir, filepath.Base(path))
		}
		cases := slices.DeleteFunc(t.moduleCases(files), func(c moduleCase) bool { return c.file == "" })
		for _, c := range cases {
			plan = append(plan, c.Module)
			paths[c.Case] = c.file
		}
		report, err := t.boot(k.dir, plan, paths)
		if err != nil {
			return err
		}
		return t.judgeBoot(k, cases, report)
	})
}

// judgeBoot compares a report with what was written into the files.
func (t *tree) judgeBoot(k *kernel, cases []moduleCase, report *protocol.Report) error {
	where := t.version + ": kernel " + k.name
	if text := aboutBTF.FindString(report.Log); text != "" {
		t.problem("%s: the kernel complains: %s", where, text)
	}
	if !bytes.Equal(report.Vmlinux, k.contents["vmlinux"].btf) {
		t.problem("%s: /sys/kernel/btf/vmlinux is not what was written", where)
	}
	if len(report.Modules) != len(treeModules)+len(cases) {
		return fmt.Errorf("%d modules in the report", len(report.Modules))
	}
	for i, path := range treeModules {
		got := report.Modules[i]
		if text := aboutBTF.FindString(got.Log); got.Errno != 0 || text != "" {
			t.problem("%s, module %s: error %d (%s) %s", where, got.Case, got.Errno, got.LoadError, text)
		} else if !bytes.Equal(got.BTF, k.contents[path].btf) {
			t.problem("%s, module %s: its BTF in /sys is not what was written", where, got.Case)
		}
	}
	for i, c := range cases {
		got := report.Modules[len(treeModules)+i]
		t.judge(k.name, c, got)
		log := filepath.Join(k.dir, c.Case+".log")
		if err := os.WriteFile(log, []byte(got.Log), 0o644); err != nil {
			return err
		}
		if err := errors.Join(t.judgeRelocated(k, c, got), t.judgePrediction(k, c, got)); err != nil {
			return err
		}
		fmt.Printf("%s, module %s: %s\n", where, c.Case, summary(c, got))
	}
	return nil
}

// judgeRelocated compares the BTF that the kernel made of a module's with what libbpf makes of it.
func (t *tree) judgeRelocated(k *kernel, c moduleCase, got protocol.Result) error {
	if got.BTF == nil || c.want[k.name] != loaded {
		return nil
	}
	file := filepath.Join(k.dir, c.Case+".sys.btf")
	if err := os.WriteFile(file, got.BTF, 0o644); err != nil {
		return err
	}
	// Were the type IDs the same, a kernel that does not relocate would pass.
	onBase, err := os.ReadFile(filepath.Join(t.dir, "base", c.Case+".sys.btf"))
	if err != nil {
		return err
	}
	if c.Case == "gph_oot" && !slices.Contains([]string{"base", "next", "inline"}, k.name) && bytes.Equal(got.BTF, onBase) {
		t.problem("%s: kernel %s has the types of kernel base at the same IDs", t.version, k.name)
	}
	kernels, err := t.dump(file, k.vmlinuxBTF())
	if err != nil {
		return err
	}
	libbpf, err := t.dump(c.file, k.vmlinuxBTF())
	if err != nil {
		return err
	}
	if !bytes.Equal(kernels, libbpf) {
		t.problem("%s: kernel %s, module %s: its BTF in /sys is not what libbpf makes of it", t.version, k.name, c.Case)
	}
	return nil
}

// summary is what happened to a module, in a few words.
func summary(c moduleCase, r protocol.Result) string {
	text := fmt.Sprintf("loaded, BTF of %d bytes", len(r.BTF))
	if r.Errno != 0 {
		text = "refused: " + r.LoadError
	}
	if line := aboutBTF.FindString(r.Log); line != "" {
		text += ": " + line
	}
	for i, call := range r.Calls {
		if call.Error != "" && i < len(c.Calls) {
			text += fmt.Sprintf("; %s: %q", c.Calls[i].Kfunc, call.Error)
		}
	}
	return text
}

package main

import (
	"fmt"
	"regexp"
	"slices"
	"syscall"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

// A moduleCase is a module, built for the kernel base, and what the kernels do with it.
type moduleCase struct {
	protocol.Module
	file string
	want map[string]outcome // by the kernel
}

// An outcome is what loading a module leads to.
type outcome struct {
	errno syscall.Errno
	log   string // a regular expression for a line of the log; empty: nothing about BTF

	// The module is loaded, but without BTF, and so without kfuncs.
	noBTF bool
	// All is well, but there are no tags of kfuncs: those with implicit arguments have no prototype for the kernel.
	untagged bool
	// Something goes wrong, but whether the module is loaded is a matter of luck: its BTF belongs to another kernel.
	nonsense bool
}

var (
	loaded  = outcome{}
	unknown = func(name string) string {
		return `distilled base BTF type '` + name + `' \[\d+\] is not mapped to base BTF id`
	}
	notMapped  = func(name string) outcome { return outcome{errno: syscall.EINVAL, log: unknown(name)} }
	withoutBTF = outcome{noBTF: true, log: `missing module BTF|BTF mismatch detected|is not mapped to base BTF id`}
)

// sizes are the structures of gph_size, in the order of its numbers.
var sizes = []string{"gph_state", "device", "task_struct", "gph_hidden"}

// moduleCases lists the modules outside of the tree. files has their paths, by case. The kernels next, inline and
// untagged have modules of their own; nobase is not among these, as its BTF might fit them by luck.
func (t *tree) moduleCases(files map[string]string) []moduleCase {
	oot := protocol.Module{Name: "gph_oot", Sizes: sizes, Calls: []protocol.Call{{Kfunc: "gph_add", Args: []uint32{40, 2}}}}
	for i := range sizes {
		oot.Calls = append(oot.Calls, protocol.Call{Kfunc: "gph_size", Args: []uint32{uint32(i)}})
	}
	if t.genBTF {
		oot.Calls = append(oot.Calls, protocol.Call{Kfunc: "gph_implicit", Args: []uint32{41}})
	}
	oot.Case = oot.Name
	plain := protocol.Module{Case: "gph_plain", Name: "gph_plain"}
	resized := protocol.Module{Case: "gph_resized", Name: "gph_resized"}
	badname, nobase := oot, oot
	badname.Case, nobase.Case = "badname", "nobase"

	onBaseOnly := map[string]outcome{
		"base": loaded, "changed": {nonsense: true}, "lenient": {nonsense: true}, "resized": {nonsense: true},
	}
	var cases []moduleCase
	if t.distills {
		cases = []moduleCase{
			{Module: oot, want: map[string]outcome{
				"base": loaded, "changed": loaded, "lenient": loaded, "resized": notMapped("device"),
				"next": loaded, "inline": loaded, "untagged": {untagged: true},
			}},
			{Module: plain, want: map[string]outcome{
				"base": loaded, "changed": loaded, "lenient": loaded, "resized": loaded,
				"next": loaded, "inline": loaded, "untagged": loaded,
			}},
			{Module: resized, want: map[string]outcome{
				"base": loaded, "changed": notMapped("page_pool"), "lenient": withoutBTF, "resized": loaded,
				"next": loaded, "inline": loaded, "untagged": loaded,
			}},
			{Module: badname, want: map[string]outcome{
				"base": notMapped("spinlocX"), "changed": notMapped("spinlocX"), "lenient": withoutBTF, "resized": notMapped("(device|spinlocX)"),
				"next": notMapped("spinlocX"), "inline": notMapped("spinlocX"), "untagged": notMapped("spinlocX"),
			}},
			{Module: nobase, want: onBaseOnly},
		}
	} else {
		cases = []moduleCase{{Module: oot, want: onBaseOnly}, {Module: plain, want: onBaseOnly}, {Module: resized, want: onBaseOnly}}
	}
	for i := range cases {
		cases[i].file = files[cases[i].Case]
	}
	return cases
}

var (
	aboutBTF     = regexp.MustCompile(`(?m)^.*(BPF:|BTF|kfunc|WARNING|BUG:|Oops).*$`)
	wantedValues = map[string]uint32{"gph_add": 42, "gph_implicit": 42}
)

// judge compares what happened with the outcome that is right.
func (t *tree) judge(kernel string, c moduleCase, got protocol.Result) {
	want := c.want[kernel]
	problem := func(format string, args ...any) {
		t.problem("%s: kernel %s, module %s: "+format, append([]any{t.version, kernel, c.Case}, args...)...)
	}
	if got.UnloadError != "" {
		problem("it cannot be removed: %s", got.UnloadError)
	}
	if want.nonsense {
		if len(c.Calls) > 0 && got.Errno == 0 && c.rightValues(got, false) == "" && aboutBTF.FindString(got.Log) == "" {
			problem("everything is right, though its BTF is that of another kernel")
		}
		return
	}
	if got.Errno != int(want.errno) {
		problem("error %d (%s), want %d; log:\n%s", got.Errno, got.LoadError, int(want.errno), got.Log)
		return
	}
	switch text := aboutBTF.FindString(got.Log); {
	case want.log == "" && text != "":
		problem("the kernel complains: %s", text)
	case want.log != "" && !regexp.MustCompile(want.log).MatchString(got.Log):
		problem("the kernel's log does not have %q:\n%s", want.log, got.Log)
	}
	switch {
	case want.errno != 0:
	case want.noBTF:
		if got.BTF != nil {
			problem("it has BTF in /sys")
		}
	case got.BTF == nil:
		problem("it has no BTF in /sys")
	default:
		if text := c.rightValues(got, want.untagged); text != "" {
			problem("%s", text)
		}
	}
}

// withoutPrototype is what the kernel says of a program that calls a kfunc with implicit arguments that had no tag.
var withoutPrototype = regexp.MustCompile(`cannot find .*gph_implicit_impl`)

// rightValues says what is wrong with the values that BTF and the kfuncs gave; empty if nothing. If these are untagged,
// it must not be possible to load a program that calls one with implicit arguments.
func (c moduleCase) rightValues(got protocol.Result, untagged bool) string {
	if got.BTFError != "" {
		return got.BTFError
	}
	for i, call := range c.Calls {
		if i >= len(got.Calls) {
			return "kfuncs were not called"
		}
		if untagged && call.Kfunc == "gph_implicit" {
			if !withoutPrototype.MatchString(got.Calls[i].Error) {
				return fmt.Sprintf("a program that calls %s: value %d, error %q", call.Kfunc, got.Calls[i].Value, got.Calls[i].Error)
			}
			continue
		}
		if got.Calls[i].Error != "" {
			return call.Kfunc + ": " + got.Calls[i].Error
		}
		want := wantedValues[call.Kfunc]
		if call.Kfunc == "gph_size" {
			want = got.Sizes[c.Sizes[call.Args[0]]]
		}
		if want == 0 || got.Calls[i].Value != want {
			return call.Kfunc + ": the kfunc and BTF do not agree"
		}
	}
	return ""
}

// treeModules are the modules of the tree in an order in which they can be loaded.
var treeModules = []string{"fs/nls/nls_base.ko", "fs/fat/fat.ko", "fs/fat/vfat.ko", "fs/isofs/isofs.ko", "drivers/block/loop.ko"}

// otherModules are those that treeModules lacks; there should be none.
func otherModules(all map[string]contents) []string {
	var others []string
	for name := range all {
		if name != "vmlinux" && !slices.Contains(treeModules, name) {
			others = append(others, name)
		}
	}
	return others
}

package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

const notMappedLine = "<4>[    2.5] BPF: distilled base BTF type 'spinlocX' [7] is not mapped to base BTF id\n"

func TestJudge(t *testing.T) {
	call := []protocol.Call{{Kfunc: "gph_add"}, {Kfunc: "gph_size", Args: []uint32{0}}}
	calling := protocol.Module{Case: "m", Sizes: []string{"gph_state"}, Calls: call}
	right := protocol.Result{
		BTF:   []byte{1},
		Sizes: map[string]uint32{"gph_state": 900},
		Calls: []protocol.CallResult{{Value: 42}, {Value: 900}},
	}
	with := func(change func(*protocol.Result)) protocol.Result {
		r := right
		r.Calls = append([]protocol.CallResult(nil), right.Calls...)
		change(&r)
		return r
	}
	implicit := calling
	implicit.Calls = append(slices.Clone(call), protocol.Call{Kfunc: "gph_implicit"})
	untagged := func(last protocol.CallResult) protocol.Result {
		return with(func(r *protocol.Result) { r.Calls = append(r.Calls, last) })
	}
	noPrototype := protocol.CallResult{Error: "BPF_PROG_LOAD: invalid argument: cannot find function gph_implicit_impl in BTF"}
	refused := protocol.Result{Errno: int(syscall.EINVAL), Log: notMappedLine}
	for _, tc := range []struct {
		name     string
		want     outcome
		got      protocol.Result
		problems int
	}{
		{"implicit arguments", loaded, untagged(protocol.CallResult{Value: 42}), 0},
		{"implicit arguments without tags", outcome{untagged: true}, untagged(noPrototype), 0},
		{"the same as a surprise", loaded, untagged(noPrototype), 1},
		{"tags after all", outcome{untagged: true}, untagged(protocol.CallResult{Value: 42}), 1},
		{"refused for a reason that has nothing to do with tags", outcome{untagged: true}, untagged(protocol.CallResult{Error: "no"}), 1},
		{"other kfuncs refused, too", outcome{untagged: true}, with(func(r *protocol.Result) {
			r.Calls = []protocol.CallResult{{Error: "no"}, {Value: 900}, noPrototype}
		}), 1},
		{"loaded", loaded, right, 0},
		{"refused instead", loaded, refused, 1},
		{"loaded with a complaint", loaded, with(func(r *protocol.Result) { r.Log = notMappedLine }), 1},
		{"loaded without BTF", loaded, with(func(r *protocol.Result) { r.BTF = nil }), 1},
		{"another result of a kfunc", loaded, with(func(r *protocol.Result) { r.Calls[0].Value = 1 }), 1},
		{"another size", loaded, with(func(r *protocol.Result) { r.Calls[1].Value = 904 }), 1},
		{"no size at all", loaded, with(func(r *protocol.Result) { r.Sizes, r.Calls[1].Value = nil, 0 }), 1},
		{"a call that failed", loaded, with(func(r *protocol.Result) { r.Calls[0].Error = "no" }), 1},
		{"no calls", loaded, with(func(r *protocol.Result) { r.Calls = nil }), 1},
		{"refused", notMapped("spinlocX"), refused, 0},
		{"refused for another reason", notMapped("device"), refused, 1},
		{"another error", notMapped("spinlocX"), protocol.Result{Errno: int(syscall.ENOENT), Log: notMappedLine}, 1},
		{"loaded instead", notMapped("spinlocX"), right, 1},
		{"lenient", withoutBTF, protocol.Result{Log: notMappedLine}, 0},
		{"lenient, with BTF", withoutBTF, protocol.Result{Log: notMappedLine, BTF: []byte{1}}, 1},
		{"nonsense, refused", outcome{nonsense: true}, refused, 0},
		{"nonsense, with wrong sizes", outcome{nonsense: true}, with(func(r *protocol.Result) { r.Calls[1].Value = 904 }), 0},
		{"nonsense that works", outcome{nonsense: true}, right, 1},
	} {
		tr := &tree{suite: &suite{}}
		m := calling
		if len(tc.got.Calls) > len(m.Calls) {
			m = implicit
		}
		tr.judge("k", moduleCase{Module: m, want: map[string]outcome{"k": tc.want}}, tc.got)
		if tr.problems != tc.problems {
			t.Errorf("%s: %d problems, want %d", tc.name, tr.problems, tc.problems)
		}
	}
}

func TestEveryCaseHasAnOutcome(t *testing.T) {
	for _, distills := range []bool{true, false} {
		for _, c := range (&tree{distills: distills}).moduleCases(nil) {
			kernels := []string{"base", "changed", "lenient", "resized"}
			if distills && c.Case != "nobase" {
				kernels = append(kernels, "next", "inline", "untagged")
			}
			for _, kernel := range kernels {
				if _, ok := c.want[kernel]; !ok {
					t.Errorf("%s: what does kernel %s do?", c.Case, kernel)
				}
			}
		}
	}
}

func TestConfigSymbol(t *testing.T) {
	for line, want := range map[string]string{
		"CONFIG_SMP=y\n":               "SMP",
		`CONFIG_LOCALVERSION="-x=y"`:   "LOCALVERSION",
		"# CONFIG_X86_MSR is not set":  "X86_MSR",
		"# a comment about CONFIG_SMP": "",
		"# CONFIG_SMP matters":         "",
		"":                             "",
	} {
		if got := configSymbol(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	got := messages("<4>distilled\n<6>[    1.25] <3>text: [1]\nrest")
	if want := []string{"distilled", "<3>text: [1]", "rest"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReport(t *testing.T) {
	want := protocol.Report{Release: "6.12", Vmlinux: []byte{0, 255}, Modules: []protocol.Result{{Case: "m", Errno: 22}}}
	var sent strings.Builder
	if err := want.Write(&sent); err != nil {
		t.Fatal(err)
	}
	for _, padding := range []string{"", "\x00\x00"} {
		got, err := protocol.ReadReport(strings.NewReader(sent.String() + padding))
		if err != nil || got.Modules[0].Errno != 22 || string(got.Vmlinux) != string(want.Vmlinux) {
			t.Errorf("%v, %v", got, err)
		}
	}
	if _, err := protocol.ReadReport(strings.NewReader(sent.String()[:20])); err == nil {
		t.Error("half a report was accepted")
	}
}

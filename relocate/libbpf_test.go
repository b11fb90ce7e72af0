package relocate_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

func reorder(t testing.TB, order binary.ByteOrder, types, base *btf.Types) *btf.Types {
	t.Helper()
	c, err := btf.New(order, base, types.Words(), types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verdict is what happened, as a kernel would have it: nothing, or errno and
// message.
func verdict(r *relocate.Result) string {
	if r.Refusal != nil {
		return fmt.Sprintf("errno %d: %s", r.Refusal.Errno, r.Refusal.Message)
	}
	return ""
}

func libbpfVerdict(a *splittest.Answer) string {
	if a.Errno == 0 {
		return ""
	}
	return fmt.Sprintf("errno %d: %s", a.Errno, a.Message())
}

// TestLibbpf compares Check and Relocate with libbpf on random types: verdict,
// message and bytes.
func TestLibbpf(t *testing.T) {
	usual := 10000
	if testing.Short() {
		usual = 1000
	}
	rounds := splittest.Rounds(t, usual)
	o := splittest.NewOracle(t)
	var cases []splittest.Case
	for seed := range rounds {
		c := splittest.Relocation(rand.New(rand.NewPCG(uint64(seed), 6)))
		if seed%4 == 0 {
			c.Distilled = reorder(t, binary.BigEndian, c.Distilled, nil)
			c.Split = reorder(t, binary.BigEndian, c.Split, c.Distilled)
			c.Target = reorder(t, binary.BigEndian, c.Target, nil)
		}
		cases = append(cases, c)
		o.Relocate(c.Distilled.Bytes(), c.Split.Bytes(), c.Target.Bytes())
	}
	count := make(map[string]int)
	for i, a := range o.Answers(t) {
		count[compare(t, cases[i].Split, relocate.NewTarget(cases[i].Target), &a)]++
		if t.Failed() {
			t.Fatalf("seed %d\n-- distilled --\n%s-- split --\n%s-- target --\n%s", i,
				goldentest.Dump(t, cases[i].Distilled), goldentest.Dump(t, cases[i].Split), goldentest.Dump(t, cases[i].Target))
		}
	}
	t.Logf("%d cases: %v", rounds, count)
	for _, what := range []string{"relocates", "multiple candidates", "not mapped to base BTF id", "not mapped to base BTF", "unexpected kind", "anonymous"} {
		if count[what] == 0 {
			t.Errorf("no case of %q", what)
		}
	}
}

// compare checks one case and returns a word for what it was.
func compare(t *testing.T, split *btf.Types, target *relocate.Target, a *splittest.Answer) string {
	t.Helper()
	report, err := relocate.Check(split, target)
	if err != nil {
		t.Error(err)
		return ""
	}
	if a.Errno == splittest.Unread || a.Signal != 0 {
		t.Errorf("libbpf: %v", a)
		return ""
	}
	if got, want := verdict(report), libbpfVerdict(a); got != want && !tied(report, a) {
		t.Errorf("verdict %q, libbpf's %q", got, want)
	}
	moved, err := relocate.Relocate(split, target)
	switch {
	case a.Errno != 0:
		if err == nil || moved != nil {
			t.Errorf("relocated, libbpf: %v", a)
		}
	case err != nil:
		t.Errorf("%v, libbpf relocates", err)
	case !bytes.Equal(moved.Bytes(), a.Blobs[0]):
		t.Errorf("other bytes than libbpf's")
		if want, err := btf.Parse(a.Blobs[0], target.Types()); err == nil {
			t.Errorf("(-libbpf +got)\n%s", cmp.Diff(goldentest.Dump(t, want), goldentest.Dump(t, moved)))
		}
	}
	for _, word := range []string{"multiple candidates", "not mapped to base BTF id", "not mapped to base BTF",
		"unexpected kind", "anonymous", "maps to invalid"} {
		if strings.Contains(a.Text, word) {
			return word
		}
	}
	if report.Outcome == relocate.Misread {
		return "misread"
	}
	return "relocates"
}

// tied reports whether the errors differ only in which of several equal distilled
// types they are about. That depends on how a table is sorted: the kernel does
// it with a function of its own, libbpf with that of the C library.
func tied(r *relocate.Result, a *splittest.Answer) bool {
	if r.Refusal == nil || a.Errno != int(r.Refusal.Errno) || r.Refusal.ID == 0 {
		return false
	}
	ours := &r.Distilled[r.Refusal.ID-1]
	for i := range r.Distilled {
		d := &r.Distilled[i]
		text := strings.Replace(r.Refusal.Message, fmt.Sprintf("[%d], size", ours.ID), fmt.Sprintf("[%d], size", d.ID), 1)
		text = strings.Replace(text, fmt.Sprintf(", %d])", ours.Accepted[0].ID), fmt.Sprintf(", %d])", first(d)), 1)
		if d.Name == ours.Name && d.Size == ours.Size && d.State == relocate.Ambiguous && text == a.Message() {
			return true
		}
	}
	return false
}

func first(d *relocate.Distilled) btf.ID {
	if len(d.Accepted) == 0 {
		return 0
	}
	return d.Accepted[0].ID
}

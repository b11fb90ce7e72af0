package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// A skipped is a function that pahole or gopahole leaves out.
type skipped struct {
	Name, Words, Reason, Why string
}

// TestSkipped asks explain about all functions of a kernel that pahole leaves out: both have the same functions and
// reasons, in the same order, and each has a sentence. What explain says of one alone is the same.
func TestSkipped(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: pahole takes half a minute for a kernel")
	}
	peers, vmlinux := peer.Get(t), peer.Vmlinux(t, "612c")
	cmd := peers.Command("pahole", "-J", "-V", "--btf_features=default", "--btf_encode_detached=/dev/null", peers.Inside(vmlinux))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	// Differences between two instances are printed as well, and are no reason by themselves.
	line := regexp.MustCompile(`(?m)^(\S+) : skipping BTF encoding of function due to (.*)$`)
	var want []skipped
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		if !strings.Contains(m[2], "mismatch") {
			want = append(want, skipped{Name: m[1], Words: m[2]})
		}
	}
	got := explainJSON(t, "--skipped", "--json", vmlinux)
	if len(want) < 500 || len(got) != len(want) {
		t.Fatalf("pahole leaves out %d functions, explain knows %d", len(want), len(got))
	}
	for i, s := range got {
		if s.Name != want[i].Name || s.Words != want[i].Words {
			t.Errorf("%s: %s, pahole has %s: %s", s.Name, s.Words, want[i].Name, want[i].Words)
		}
		if s.Reason == "" || len(s.Why) < 20 {
			t.Errorf("%s: %s: no sentence: %q", s.Name, s.Reason, s.Why)
		}
	}
	seen := make(map[string]bool)
	for _, s := range got {
		if seen[s.Reason] {
			continue
		}
		seen[s.Reason] = true
		if one := explainJSON(t, "--kind=function", "--json", s.Name, vmlinux); len(one) != 1 || one[0] != s {
			t.Errorf("alone: %v, among all: %v", one, s)
		}
	}
	if len(seen) < 5 {
		t.Errorf("only the reasons %v", seen)
	}
}

// explainJSON returns what explain prints.
func explainJSON(t *testing.T, args ...string) (found []skipped) {
	t.Helper()
	res := run(t, append([]string{"explain"}, args...)...)
	if res.exitCode != 0 {
		t.Fatalf("explain %v: exit status %d: %s", args, res.exitCode, res.stderr)
	}
	for line := range strings.Lines(res.stdout) {
		var s skipped
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		found = append(found, s)
	}
	return found
}

package verify_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestSelftests checks that every raw test of the kernel's own has a case here,
// or a reason why not.
func TestSelftests(t *testing.T) {
	f, err := os.Open("testdata/selftests.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases := map[string]bool{}
	for _, c := range rawCases {
		if cases[c.name] {
			t.Errorf("case %q is there twice", c.name)
		}
		cases[c.name] = true
	}
	const total = 176 // in Linux 7.2
	seen := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		theirs, ours, _ := strings.Cut(line, "\t")
		seen[theirs] = true
		reason, without := strings.CutPrefix(ours, "- ")
		if without && reason == "" || !without && !cases[ours] {
			t.Errorf("%s: no case %q and no reason", theirs, ours)
		}
	}
	if len(seen) != total {
		t.Errorf("%d tests listed, the kernel has %d", len(seen), total)
	}
}

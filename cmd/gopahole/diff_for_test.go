package main

import (
	"testing"

	"github.com/gopahole/gopahole/inspect/mincore"
)

// TestMissingMembers has members of a struct_ops that a kernel does not know: libbpf refuses the
// object for those that are set.
func TestMissingMembers(t *testing.T) {
	p := &bpfProgram{code: map[string][]byte{".struct_ops": {0, 0, 0, 0, 0, 7, 0, 0}, ".struct_ops.link": nil}}
	for _, test := range []struct {
		member mincore.MissingMember
		want   string
	}{
		{mincore.MissingMember{Name: "zero", Section: ".struct_ops", Offset: 0, Size: 4}, needGuarded},
		{mincore.MissingMember{Name: "set", Section: ".struct_ops", Offset: 4, Size: 4}, fails},
		{mincore.MissingMember{Name: "after", Section: ".struct_ops", Offset: 6, Size: 4}, needGuarded},
		{mincore.MissingMember{Name: "beyond", Section: ".struct_ops", Offset: 1 << 31, Size: 1 << 31}, needGuarded},
		{mincore.MissingMember{Name: "no data", Section: ".struct_ops.link", Size: 4}, needGuarded},
	} {
		need := p.externNeed(&mincore.Need{Kind: "struct_ops", Missing: []mincore.MissingMember{test.member}}, &diffSide{})
		if need.verdict != test.want || need.why == "" || need.same {
			t.Errorf("%s: %s: %s, want %s", test.member.Name, need.verdict, need.why, test.want)
		}
	}
}

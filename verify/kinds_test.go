package verify

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// TestKindRules: every kind that package btf knows has rules and a form in the log, and
// a kind that refers to others is resolved. A kind whose rules are missing makes the
// verdict unknown.
func TestKindRules(t *testing.T) {
	for k := btf.KindInt; k < 128; k++ {
		rule := &kindRules[k]
		if k.Known() != (rule.record != nil) || k.Known() != (rule.details != nil) {
			t.Errorf("%v: %+v", k, rule)
		}
		if k.HasRef() && rule.resolve == nil && k != btf.KindFuncProto {
			t.Errorf("%v refers to others and is not resolved", k)
		}
	}
	old := kindRules[btf.KindFloat]
	defer func() { kindRules[btf.KindFloat] = old }()
	kindRules[btf.KindFloat] = kindRule{}
	raw := []byte{0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 3, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, byte(btf.KindFloat), 4, 0, 0, 0, 0, 'f', 0}
	for _, r := range kernel.Rules() {
		for _, load := range []bool{false, true} {
			if rep := Check(raw, Options{Release: r, Load: load}); rep.Verdict() != Unknown {
				t.Errorf("Linux %v: %v", r, rep.Verdict())
			}
		}
	}
}

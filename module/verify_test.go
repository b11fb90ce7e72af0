package module_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// TestVerifyAsVerdict: the step judges as verify.Loader does, which the verb verify asks, also a kernel that is newer than
// all that are known.
func TestVerifyAsVerdict(t *testing.T) {
	const rust, control = "a<b>", "a\x01" // the first is accepted by the rules that were posted after 7.2
	newer := kernel.Version{Major: 99}
	for _, tc := range []struct {
		name    string // of a TYPEDEF
		kernel  kernel.Version
		verdict verify.Verdict
	}{
		{"a", kernel.Version{Major: 6, Minor: 12}, verify.Accepted},
		{"a", kernel.Version{Major: 7, Minor: 3}, verify.Accepted},
		{"a", newer, verify.PresumablyAccepted},
		{"a", kernel.Version{Major: 4}, verify.Unknown},
		{"a", kernel.Version{}, verify.Unknown},
		{rust, kernel.Version{Major: 7, Minor: 2}, verify.Refused},
		{rust, kernel.Version{Major: 7, Minor: 3}, verify.Unknown},
		{rust, newer, verify.Unknown},
		{control, kernel.Version{Major: 7, Minor: 3}, verify.Refused},
		{control, newer, verify.PresumablyRefused},
		{control, kernel.Version{}, verify.Refused},
	} {
		t.Run(fmt.Sprintf("%q %v", tc.name, tc.kernel), func(t *testing.T) {
			text := fmt.Sprintf("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] TYPEDEF '%s' type_id=1\n", strings.Repeat("x", len(tc.name)))
			types, err := btf.ParseText(text, nil)
			if err != nil {
				t.Fatal(err)
			}
			raw := []byte(strings.Replace(string(types.Bytes()), strings.Repeat("x", len(tc.name))+"\x00", tc.name+"\x00", 1))
			if types, err = btf.Parse(raw, nil); err != nil {
				t.Fatal(err)
			}
			m := &module.Module{BTF: types}
			k := &module.Kernels{Named: []kernel.Version{tc.kernel}}
			err = module.Run(context.Background(), m, module.Verify(k))
			if rep := k.Loader.Module(tc.kernel, &btf.Sections{BTF: raw}, verify.Options{}); rep.Verdict() != tc.verdict {
				t.Errorf("the loader says %v, want %v", rep.Verdict(), tc.verdict)
			}
			got := verify.Accepted
			refused, unknown := (*module.RefusedError)(nil), (*module.UnknownError)(nil)
			switch {
			case errors.As(err, &refused) && refused.Presumed:
				got = verify.PresumablyRefused
				if !strings.Contains(err.Error(), "would presumably be refused by Linux 99.0") {
					t.Error(err)
				}
			case errors.As(err, &refused):
				got = verify.Refused
			case errors.As(err, &unknown):
				got = verify.Unknown
			case err != nil:
				t.Fatal(err)
			case len(m.Warnings) > 0:
				got = verify.PresumablyAccepted
			}
			if got != tc.verdict {
				t.Errorf("%v (%v), want %v", got, err, tc.verdict)
			}
			if newest := (module.GuessWarning{Kernel: newer}); (tc.kernel == newer) != (len(m.Warnings) == 1 && m.Warnings[0] == newest) {
				t.Errorf("warnings %v", m.Warnings)
			}
		})
	}
}

package kernel_test

import (
	"testing"

	"github.com/gopahole/gopahole/kernel"
)

func TestParseVersion(t *testing.T) {
	for release, want := range map[string]kernel.Version{
		"6.12.117+deb13-cloud-amd64": {Major: 6, Minor: 12},
		"6.12":                       {Major: 6, Minor: 12},
		"7.2-rc3":                    {Major: 7, Minor: 2},
		"10.0.1":                     {Major: 10},
		"6":                          {},
		"6.":                         {},
		".12":                        {},
		"":                           {},
		"new":                        {},
		"0.1":                        {},
		"-6.12":                      {},
		"99999999999.1":              {},
	} {
		got, err := kernel.ParseVersion(release)
		if got != want || (err == nil) != (want != kernel.Version{}) {
			t.Errorf("%q: %v, %v", release, got, err)
		}
	}
}

func TestCompare(t *testing.T) {
	at := func(major, minor int) kernel.Version { return kernel.Version{Major: major, Minor: minor} }
	v := at(6, 12)
	if !v.AtLeast(at(6, 11)) || !v.AtLeast(v) || !v.AtLeast(at(5, 99)) || v.AtLeast(at(6, 13)) || v.AtLeast(at(7, 0)) {
		t.Error(v)
	}
	if v.String() != "6.12" || (kernel.Version{}).String() != "unknown" {
		t.Error(v)
	}
}

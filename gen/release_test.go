package gen

import "testing"

func TestParseRelease(t *testing.T) {
	for _, tc := range []struct {
		release string
		want    version
		ok      bool
	}{
		{"6.12.117+deb13-cloud-amd64", version{6, 12}, true},
		{"6.12", version{6, 12}, true},
		{"7.2-rc3", version{7, 2}, true},
		{"10.0.1", version{10, 0}, true},
		{"6", version{}, false},
		{"6.", version{}, false},
		{".12", version{}, false},
		{"", version{}, false},
		{"new", version{}, false},
		{"-6.12", version{}, false},
		{"99999999999.1", version{}, false},
	} {
		got, err := parseRelease(tc.release)
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("%q: %v, %v", tc.release, got, err)
		}
	}
}

func TestVersions(t *testing.T) {
	v := version{6, 12}
	if !v.atLeast(6, 11) || !v.atLeast(6, 12) || !v.atLeast(5, 99) || v.atLeast(6, 13) || v.atLeast(7, 0) {
		t.Error(v)
	}
}

package libbpf_test

import (
	"testing"

	"github.com/gopahole/gopahole/libbpf"
)

func TestVersions(t *testing.T) {
	all := libbpf.All()
	for i, v := range all {
		if got, err := libbpf.Parse(v.String()); got != v || err != nil {
			t.Errorf("%v: %v, %v", v, got, err)
		}
		for j, w := range all {
			if v.AtLeast(w) != (i >= j) {
				t.Errorf("%v is at least %v: %v", v, w, v.AtLeast(w))
			}
		}
	}
	if (libbpf.Version(0)) != libbpf.V18 {
		t.Error("the default is not libbpf 1.8")
	}
	for _, name := range []string{"", "1.8", "libbpf-1.80", "libbpf-2.0", "LIBBPF-1.8"} {
		_, err := libbpf.Parse(name)
		want := "'" + name + "' is no libbpf that is known; there are libbpf-1.7, libbpf-1.8 and libbpf-1.9"
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

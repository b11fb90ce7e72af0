package main

import "testing"

func TestBaseOfLoaded(t *testing.T) {
	for name, want := range map[string]bool{
		"/sys/kernel/btf/nf_conntrack": true, "/sys/kernel/btf/vmlinux": false, "/sys/kernel/btf": false, "nf_conntrack.ko": false, "/sys/kernel/btfs/x": false,
	} {
		if got := baseOfLoaded(name); (len(got) == 1) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

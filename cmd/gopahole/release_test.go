package main

import "testing"

func TestArchivedRelease(t *testing.T) {
	for name, want := range map[string]string{
		"6.12.1.btf":                        "6.12.1",
		"6.12.117+deb13-cloud-amd64.btf":    "6.12.117+deb13-cloud-amd64",
		"4.18.0-305.el8.x86_64.btf":         "4.18.0-305.el8.x86_64",
		"6.12.1-amd64.btf.xz":               "6.12.1-amd64",
		"6.12.btf":                          "",
		"6.btf":                             "",
		"vmlinux-6.12.1.btf":                "",
		"6.12.1":                            "",
		"6.12.1-amd64":                      "",
		".btf":                              "",
		"vmlinux.btf":                       "",
		"x6.12.1.btf":                       "",
		"999999999999999999999.1.1-big.btf": "",
	} {
		if got := archivedRelease(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

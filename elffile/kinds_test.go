package elffile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// What is no ELF file is called by its name, with what to do next.
func TestKinds(t *testing.T) {
	pad := func(s string, at int) string {
		head := strings.Repeat("\x00", at) + s
		return head + strings.Repeat("\x00", 600)
	}
	for _, test := range []struct{ content, want string }{
		{"!<arch>\nfoo.o/          0 ", "not an ELF file: it is an archive; encode its members"},
		{"!<arch>\ndebian-binary   ", "not an ELF file: it is a Debian package; "},
		{"!<thin>\n/               0", "not an ELF file: it is a thin archive"},
		{"BC\xc0\xde5\x14\x00\x00", "not an ELF file: it is LLVM bitcode; DWARF is made when code is"},
		{"\xde\xc0\x17\x0b\x00\x00\x00\x00", "not an ELF file: it is LLVM bitcode; "},
		{"\xcf\xfa\xed\xfe\x07\x00\x00\x01", "not an ELF file: it is a Mach-O file; only ELF"},
		{"MZ\x90\x00", "not an ELF file: it is a PE file; "},
		{pad("HdrS", 0x202), "not an ELF file: it is a kernel image (bzImage); its debugging information is in the vmlinux"},
		{"MZ" + pad("ARM\x64", 54), "not an ELF file: it is a kernel image (Image); "},
		{"\x03\x02\x23\x07\x00\x00\x01\x00", "not an ELF file: it is SPIR-V; "},
		{"\x1f\x8b\x08\x00", "not an ELF file: it is compressed with gzip; unpack it first"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
			"not an ELF file: it is a pointer of Git LFS in the place of the file; fetch the file (git lfs pull)"},
		{"#!/bin/sh\n", "not an ELF file: it is a script; "},
		{pad("\x9f\xeb\x01\x00", 0), "not an ELF file: it is BTF already; "},
		{"\xeb\x9f", "not an ELF file"},
		{"text", "not an ELF file"},
		{"\x7fEL", "not an ELF file"},
	} {
		_, err := New("f", bytes.NewReader([]byte(test.content)), int64(len(test.content)))
		var not *NotELFError
		if !errors.As(err, &not) || !strings.HasPrefix(not.Reason, test.want) || !strings.Contains(test.want, ":") && not.Reason != test.want {
			t.Errorf("%.20q: error %v, want %q", test.content, err, test.want)
		}
	}
}

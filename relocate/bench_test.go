package relocate_test

import (
	"testing"

	"github.com/gopahole/gopahole/relocate"
)

// What an index of a kernel costs, once.
func BenchmarkNewTarget(b *testing.B) {
	_, vmlinux := testmod(b)
	b.ReportAllocs()
	for b.Loop() {
		relocate.NewTarget(vmlinux)
	}
}

// What a module costs after that: 157 distilled types, 1,444 of its own.
func BenchmarkCheck(b *testing.B) {
	split, vmlinux := testmod(b)
	target := relocate.NewTarget(vmlinux)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := relocate.Check(split, target); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRelocate(b *testing.B) {
	split, vmlinux := testmod(b)
	target := relocate.NewTarget(vmlinux)
	b.ReportAllocs()
	b.SetBytes(int64(len(split.Bytes())))
	for b.Loop() {
		if _, err := relocate.Relocate(split, target); err != nil {
			b.Fatal(err)
		}
	}
}

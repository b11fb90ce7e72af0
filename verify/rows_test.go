package verify_test

import (
	"slices"

	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// The rows that most tests are about: those of which all rules are known.
var (
	linux515 = row(5, 15)
	linux61  = row(6, 1)
	linux66  = row(6, 6)
	linux610 = row(6, 10)
	linux611 = row(6, 11)
	linux612 = row(6, 12)
	linux618 = row(6, 18)
	linux72  = row(7, 2)

	linux73 = postedRow(7, 3)

	versions = []*kernel.Release{linux612, linux618, linux72}
	allRules = kernel.Rules()
	everyRow = slices.DeleteFunc(kernel.All(), func(r *kernel.Release) bool { return r.Header == 0 }) // also those that are only posted
)

func row(major, minor int) *kernel.Release {
	coverage, rows := kernel.For(kernel.Version{Major: major, Minor: minor})
	if coverage != kernel.Known {
		panic("no rules")
	}
	return rows[0]
}

// postedRow returns a row whose rules were only posted.
func postedRow(major, minor int) *kernel.Release {
	coverage, rows := kernel.For(kernel.Version{Major: major, Minor: minor})
	if coverage != kernel.Posted {
		panic("not posted")
	}
	return rows[len(rows)-1]
}

// asKernel judges raw BTF as that of vmlinux, or with a base as that of a module, and
// asProgram as what BPF_BTF_LOAD gets.
func asKernel(raw []byte, base *verify.Base, r *kernel.Release) *verify.Report {
	return verify.Check(raw, verify.Options{Release: r, Base: base, More: 20})
}

func asProgram(raw []byte, r *kernel.Release) *verify.Report {
	return verify.Check(raw, verify.Options{Release: r, Load: true, More: 20})
}

// short names a row by the release that the cases of tests have.
func short(r *kernel.Release) string { return r.Shipped[len(r.Shipped)-1].String() }

package archive

import (
	"fmt"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
)

// A Layout says which objects an archive has.
type Layout string

const (
	// BTFHub is the layout of BTFHub's archive: DISTRIBUTION/VERSION/ARCH/RELEASE.btf.tar.xz.
	BTFHub Layout = "btfhub"
	// CAS stores each distinct BTF once, by its digest.
	CAS Layout = "cas"
)

// ParseLayout returns the layout of a name.
func ParseLayout(name string) (Layout, error) {
	switch l := Layout(name); l {
	case BTFHub, CAS:
		return l, nil
	}
	return "", fmt.Errorf("there is no layout '%s'; there are %s and %s", name, BTFHub, CAS)
}

// Options of [Run].
type Options struct {
	Layout  Layout
	Modules bool // encode modules as well
	Distill bool // give modules a distilled base

	// Distribution is that of all packages, such as ubuntu/20.04. "" is what each says.
	Distribution string

	Jobs    int    // files that are encoded at a time, at least 1
	Memory  int64  // about how much to use for that, in bytes
	Encoder string // what records call the program
	Again   bool   // also what is done already

	// Stash bounds the file without a name for modules that come before their vmlinux, in bytes for each package at work; 0 is
	// 2 GiB. Those of Linux 7.2 for cloud machines take 300 MB. What does not fit is read from the package again, which
	// takes longer.
	Stash int64

	Spool  source.Spool
	Limits source.Limits

	// Report is told what became of each package, as it ends, by one goroutine at a time. It
	// may be nil.
	Report func(Outcome)
}

// An Outcome is what became of a package.
type Outcome struct {
	Path   string // of the package
	Record *index.Record
	Key    string // of the record
	Before bool   // it was done by an earlier run
}

// A Summary counts packages of a run.
type Summary struct {
	Done, Failed int // Failed: those that have a record of it
	Before       int // of these, by an earlier run
}

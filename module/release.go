package module

import (
	"bytes"
	"errors"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
)

// ErrNoRelease is wrapped by the error for a file that does not say which kernel
// it is for.
var ErrNoRelease = errors.New("no vermagic in .modinfo: not a module of the kernel, or stripped of it")

// buildFeatures returns what the build of a kernel asks its encoder for. Builds before
// 6.9 had no lists of features and asked for less; what their kernels do not know of
// it, they pass over.
func buildFeatures(build kernel.Build) features.Set {
	set := features.Default()
	if build.Attributes {
		set |= features.Attributes
	}
	if build.Layout {
		set |= features.Layout
	}
	if build.Sets {
		set &^= features.DeclTagKfuncs
	}
	return set
}

// Features returns the features that the build of a kernel asks its encoder for, by
// its release as uname -r prints it. The error is about a release that is none.
func Features(release string) (features.Set, error) {
	v, err := kernel.ParseVersion(release)
	if err != nil {
		return features.None(), err
	}
	return buildFeatures(kernel.BuildOf(v)), nil
}

// Release returns the release of the kernel that a module is for, the first word
// of its vermagic.
func Release(f *elffile.File) (string, error) {
	s := f.Section(".modinfo")
	if s == nil || !s.HasData() {
		return "", ErrNoRelease
	}
	data, err := f.SectionData(s)
	if err != nil {
		return "", err
	}
	for entry := range bytes.SplitSeq(data, []byte{0}) {
		if magic, ok := bytes.CutPrefix(entry, []byte("vermagic=")); ok {
			release, _, _ := strings.Cut(string(magic), " ")
			return release, nil
		}
	}
	return "", ErrNoRelease
}

package gen

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/elfio"
)

// ErrNoRelease is wrapped by the error for a file that does not say which kernel
// it is for.
var ErrNoRelease = errors.New("no vermagic in .modinfo: not a module of the kernel, or stripped of it")

// A version is the part of a release that the steps depend on.
type version struct{ major, minor int }

func (v version) atLeast(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}

// parseRelease reads the numbers of a release such as 6.12.117+deb13-cloud-amd64.
func parseRelease(release string) (version, error) {
	major, rest, ok := strings.Cut(release, ".")
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	a, err1 := strconv.ParseUint(major, 10, 15)
	b, err2 := strconv.ParseUint(rest[:digits], 10, 15)
	if !ok || err1 != nil || err2 != nil {
		return version{}, fmt.Errorf("'%s' is no release of a kernel: it begins with two numbers, as in 6.12", release)
	}
	return version{int(a), int(b)}, nil
}

// features returns what the build of a kernel asks its encoder for. Builds before
// 6.9 had no lists of features and asked for less; what their kernels do not know of
// it, they pass over. (scripts/Makefile.btf: attributes and, since 7.2, layout.)
func (v version) features() features.Set {
	set := features.Default()
	if v.atLeast(7, 0) {
		set |= features.Attributes
	}
	if v.atLeast(7, 2) {
		set |= features.Layout
	}
	return set
}

// Features returns the features that the build of a kernel asks its encoder for, by
// its release as uname -r prints it. The error is about a release that is none.
func Features(release string) (features.Set, error) {
	v, err := parseRelease(release)
	if err != nil {
		return features.None(), err
	}
	return v.features(), nil
}

// Release returns the release of the kernel that a module is for, the first word
// of its vermagic.
func Release(f *File) (string, error) {
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

// File is an open ELF file.
type File = elfio.File

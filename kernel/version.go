package kernel

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// A Version is the first two numbers of a release, such as 6.12. The zero value
// stands for a kernel whose release is not known.
type Version struct{ Major, Minor int }

// ParseVersion reads a release: what uname -r prints, a module's vermagic begins
// with, or the two numbers alone.
func ParseVersion(release string) (Version, error) {
	major, rest, ok := strings.Cut(release, ".")
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	a, err1 := strconv.ParseUint(major, 10, 15)
	b, err2 := strconv.ParseUint(rest[:digits], 10, 15)
	if !ok || err1 != nil || err2 != nil || a == 0 {
		return Version{}, fmt.Errorf("'%s' is no release of a kernel: it begins with two numbers, as in 6.12", release)
	}
	return Version{int(a), int(b)}, nil
}

// Compare is negative for a version before another, and 0 for the same.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor))
}

// AtLeast reports whether a version is not before another.
func (v Version) AtLeast(w Version) bool { return v.Compare(w) >= 0 }

func (v Version) String() string {
	if v == (Version{}) {
		return "unknown"
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

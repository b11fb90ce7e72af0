package libbpf

import (
	"fmt"
	"strings"
)

// A Version is a libbpf whose behaviour is reproduced where versions differ.
type Version uint8

const (
	// V18 is libbpf 1.8, and the default.
	V18 Version = iota
	// V17 is libbpf 1.7.0, which packaged pahole 1.32 uses.
	V17
	// V19 is libbpf as it goes on after 1.8, in the tree that the patches for Linux after
	// 7.2 were made for. No release has it yet; the number is that of the next one.
	V19
)

// versions is in the order of the releases.
var versions = []struct {
	version Version
	name    string
}{{V17, "libbpf-1.7"}, {V18, "libbpf-1.8"}, {V19, "libbpf-1.9"}}

// All returns all versions, oldest first.
func All() []Version {
	var all []Version
	for _, v := range versions {
		all = append(all, v.version)
	}
	return all
}

// Parse returns the version of a name, such as libbpf-1.8. The error has all names.
func Parse(name string) (Version, error) {
	var names []string
	for _, v := range versions {
		if v.name == name {
			return v.version, nil
		}
		names = append(names, v.name)
	}
	last := len(names) - 1
	return 0, fmt.Errorf("'%s' is no libbpf that is known; there are %s and %s", name, strings.Join(names[:last], ", "), names[last])
}

func (v Version) String() string {
	for _, known := range versions {
		if known.version == v {
			return known.name
		}
	}
	return fmt.Sprintf("libbpf(%d)", uint8(v))
}

// AtLeast reports whether a version is not before another.
func (v Version) AtLeast(w Version) bool { return v.rank() >= w.rank() }

func (v Version) rank() int {
	for i, known := range versions {
		if known.version == v {
			return i
		}
	}
	return len(versions)
}

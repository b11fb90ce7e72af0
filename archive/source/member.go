package source

import (
	"io"
	"path"
	"strings"
)

// A Kind says what a member is, by its name.
type Kind uint8

const (
	// Vmlinux is a kernel.
	Vmlinux Kind = iota + 1
	// Module is a module of one.
	Module
)

// A Member is a file of a kernel in a package. It can be read until the next one is asked
// for.
type Member struct {
	Path string // in the package, as it has it, without a leading "./" or "/"
	Kind Kind
	Size int64 // in bytes, as the package has it; what was compressed can have more

	// Slow says that the package takes long to read, so that a second time is worth avoiding.
	Slow bool

	r      io.Reader
	medium *medium // that r reads from; nil if that is kept elsewhere
	asIs   bool    // it was decompressed before
	limits Limits
}

// NewMember returns a member that was kept elsewhere, as Spool gave it: it is not decompressed once more.
func NewMember(path string, kind Kind, size int64, r io.Reader) *Member {
	return &Member{Path: path, Kind: kind, Size: size, r: r, asIs: true, limits: DefaultLimits}
}

// suffixes of compressed files.
var compressedSuffixes = []string{".gz", ".xz", ".zst", ".bz2", ".lzma"}

// kindOf says what a file is by its name, 0 for what is neither.
func kindOf(name string) Kind {
	name = trimCompressed(path.Base(name))
	switch {
	case strings.HasSuffix(name, ".ko"), strings.HasSuffix(name, ".ko.debug"), strings.HasSuffix(name, ".debug") && strings.Contains(name, ".ko-"):
		return Module
	case name == "vmlinux", name == "vmlinux.debug":
		return Vmlinux
	case strings.HasPrefix(name, "vmlinux-"):
		// vmlinux-gdb.py and the like have nothing in common with a release.
		if rest := name[len("vmlinux-"):]; rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return Vmlinux
		}
	}
	return 0
}

func trimCompressed(name string) string {
	for _, suffix := range compressedSuffixes {
		if rest, ok := strings.CutSuffix(name, suffix); ok {
			return rest
		}
	}
	return name
}

// Module returns the name of a module as the kernel has it, from its file's: nf_conntrack of
// nf-conntrack.ko.xz (lib/modules: dashes are underscores).
func (m *Member) Module() string {
	name := trimCompressed(path.Base(m.Path))
	if i := strings.LastIndex(name, ".ko"); i >= 0 {
		name = name[:i]
	}
	return strings.ReplaceAll(name, "-", "_")
}

// Release returns the release of the kernel that the path of a member says, "" if it says
// none: that of lib/modules/RELEASE or of vmlinux-RELEASE.
func (m *Member) Release() string {
	elements := strings.Split(m.Path, "/")
	for i := len(elements) - 3; i >= 0; i-- {
		if elements[i] == "lib" && elements[i+1] == "modules" {
			return elements[i+2]
		}
	}
	name := trimCompressed(elements[len(elements)-1])
	if release, ok := strings.CutPrefix(name, "vmlinux-"); ok && m.Kind == Vmlinux {
		return strings.TrimSuffix(release, ".debug")
	}
	return ""
}

// cleanName is the name of a file in an archive, without what it may begin with.
func cleanName(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

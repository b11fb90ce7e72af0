package archive

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
)

// Patterns of versions that say of which release of a distribution a package is. They are made when they are first
// needed, as each start of the program would pay for them.
var versions = sync.OnceValue(func() (p struct{ debian, ubuntu, rpm *regexp.Regexp }) {
	p.debian = regexp.MustCompile(`[+~](?:deb|bpo)(\d+)`)
	p.ubuntu = regexp.MustCompile(`~(\d\d\.\d\d)`)
	p.rpm = regexp.MustCompile(`\.(fc|el|amzn|ol)(\d+)`)
	return p
})

// distribution returns the distribution that a package is of and its release, as the
// directories of BTFHub have them (ubuntu/20.04, centos/8), "" if the package does not say.
func (r *runner) distribution(p *source.Package) string {
	if r.Distribution != "" {
		return r.Distribution
	}
	switch p.Format {
	case "deb":
		text := p.Name + " " + p.Version
		if m := versions().ubuntu.FindStringSubmatch(text); m != nil && strings.Contains(p.Maintainer, "ubuntu") {
			return "ubuntu/" + m[1]
		}
		if m := versions().debian.FindStringSubmatch(text); m != nil && strings.Contains(p.Maintainer, "debian") {
			return "debian/" + m[1]
		}
	case "rpm":
		m := versions().rpm.FindStringSubmatch(p.Version)
		vendor := strings.ToLower(p.Maintainer)
		switch {
		case m == nil:
		case m[1] == "fc":
			return "fedora/" + m[2]
		case m[1] == "amzn":
			return "amzn/" + m[2]
		case m[1] == "ol" || strings.Contains(vendor, "oracle"):
			return "ol/" + m[2]
		case strings.Contains(vendor, "centos"):
			return "centos/" + m[2]
		case strings.Contains(vendor, "red hat"):
			return "rhel/" + m[2]
		}
	}
	return ""
}

// packageRelease returns the release of the kernel that the name of a debug package says, as
// BTFHub takes it from there; "" if it says none. It is for packages that cannot be read.
func packageRelease(p *index.Package) string {
	switch p.Format {
	case "deb":
		name, ok := strings.CutPrefix(p.Name, "linux-image-")
		if !ok {
			return ""
		}
		name = strings.TrimPrefix(name, "unsigned-")
		for _, suffix := range []string{"-dbgsym", "-dbg"} {
			name = strings.TrimSuffix(name, suffix)
		}
		return name
	case "rpm":
		if strings.HasPrefix(p.Name, "kernel") && strings.HasSuffix(p.Name, "-debuginfo") {
			return p.Version + "." + p.Architecture
		}
	}
	return ""
}

// brokenPrefix begins the name of a package that does not say its name.
const brokenPrefix = "file_"

// brokenName names a package that does not say its name.
func brokenName(path string) string {
	return brokenPrefix + filepath.Base(path)
}

// fileName returns how the pools of distributions name the file of a package, "" for what they do not have: without the
// epoch in the version (dpkg-name(1), rpm's _build_name_fmt).
func fileName(p *index.Package) string {
	version := p.Version
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	switch p.Format {
	case "deb":
		return p.Name + "_" + version + "_" + p.Architecture + ".deb"
	case "rpm":
		return p.Name + "-" + version + "." + p.Architecture + ".rpm"
	}
	return ""
}

// brokenFile returns the name of the file of a package that does not say its name, as [fileName] has it, "" for others:
// without the archive that it is in, and with what downloads write as in addresses.
func brokenFile(p *index.Package) string {
	base, ok := strings.CutPrefix(p.Name, brokenPrefix)
	if !ok || p.Format != "" {
		return ""
	}
	base = base[strings.LastIndex(base, "!")+1:]
	if plain, err := url.PathUnescape(base); err == nil {
		base = plain
	}
	if name, version, ok := strings.Cut(base, "_"); ok {
		if epoch, rest, ok := strings.Cut(version, ":"); ok && strings.Trim(epoch, "0123456789") == "" {
			base = name + "_" + rest
		}
	}
	if name, ok := strings.CutSuffix(base, ".ddeb"); ok { // Ubuntu's name for some
		base = name + ".deb"
	}
	return base
}

// checkRelease returns an error for a release that is no name of a file.
func checkRelease(release string) error {
	if release == "" || len(release) > 128 || index.Element(release) != release {
		return fmt.Errorf("its release is %q, which is none of a kernel", release)
	}
	return nil
}

// ParseDistribution checks the name of a distribution and its release.
func ParseDistribution(text string) error {
	name, version, ok := strings.Cut(text, "/")
	if !ok || name == "" || version == "" || strings.Contains(version, "/") || index.Element(name) != name || index.Element(version) != version {
		return errors.New("it is a distribution and its release, such as ubuntu/20.04")
	}
	return nil
}

// btfhubArch is how BTFHub calls the architecture of a package.
func btfhubArch(arch string) string {
	switch arch {
	case "amd64":
		return "x86_64"
	case "aarch64":
		return "arm64"
	case "ppc64el":
		return "ppc64le"
	}
	return arch
}

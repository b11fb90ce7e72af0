package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/unpack"
)

// kernelPlaces are where a kernel's BTF is below a directory that is that of a kernel: of
// its build, of a package with debugging information, of its modules, or of a whole system.
// The first place with one counts, so that a vmlinux goes before a boot image.
var kernelPlaces = []string{
	"vmlinux", "vmlinux.btf", "build/vmlinux", "vmlinux-*", "boot/vmlinux-*", "usr/lib/debug/boot/vmlinux-*",
	"usr/lib/debug/lib/modules/*/vmlinux", "usr/lib/modules/*/vmlinux", "lib/modules/*/vmlinux", "lib/modules/*/build/vmlinux",
	"vmlinuz", "vmlinuz-*", "boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz", "lib/modules/*/vmlinuz",
}

// releasePlaces are where it is in the system that has lib/modules/RELEASE.
var releasePlaces = []string{
	"boot/vmlinux-%s", "usr/lib/debug/boot/vmlinux-%s", "usr/lib/debug/lib/modules/%s/vmlinux", "lib/modules/%s/vmlinux",
	"lib/modules/%s/build/vmlinux", "usr/lib/modules/%s/vmlinux", "boot/vmlinuz-%s", "lib/modules/%s/vmlinuz", "usr/lib/modules/%s/vmlinuz",
}

// releaseDir splits the path of a directory for the modules of a release, such as
// /lib/modules/6.12.1 or /usr/lib/debug/lib/modules/6.12.1, into the root of its system and
// the release.
func releaseDir(dir string) (root, release string, ok bool) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	parent, release := filepath.Split(filepath.Clean(dir))
	for _, end := range []string{"/usr/lib/debug/usr/lib/modules/", "/usr/lib/debug/lib/modules/", "/usr/lib/modules/", "/lib/modules/"} {
		if root, ok := strings.CutSuffix(parent, end); ok {
			return root + "/", release, true
		}
	}
	return "", "", false
}

// A noKernelError says that a directory has no BTF of a kernel, or that of several.
type noKernelError struct {
	dir   string
	found []string
}

func (e *noKernelError) Error() string {
	if e.found == nil {
		return e.dir + ": no BTF of a kernel in the places where it is looked for in a directory; name its vmlinux"
	}
	return fmt.Sprintf("%s: there are several kernels, %s: name one of them", e.dir, strings.Join(e.found, " and "))
}

// kernelIn returns the file with the BTF of the kernel that a directory is of. The error is
// a *noKernelError.
func kernelIn(dir string) (string, error) { return kernelInBy(dir, isKernel) }

// kernelOrDWARFIn is kernelIn, but where there is no BTF a kernel that has DWARF will do.
func kernelOrDWARFIn(dir string) (string, error) {
	name, err := kernelIn(dir)
	if none := (*noKernelError)(nil); errors.As(err, &none) && none.found == nil {
		if with, dwarfErr := kernelInBy(dir, hasDWARF); dwarfErr == nil {
			return with, nil
		}
	}
	return name, err
}

// hasDWARF reports whether a file is ELF with DWARF.
func hasDWARF(path string, entry fs.DirEntry) bool {
	if !entry.Type().IsRegular() {
		return false
	}
	f, err := unpack.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	file, err := elffile.New(path, f, f.Size())
	if err != nil {
		return false
	}
	defer file.Close()
	return file.Section(".debug_info") != nil || file.Section(".zdebug_info") != nil
}

// kernelInBy is kernelIn for files that are what is asked for.
func kernelInBy(dir string, is func(string, fs.DirEntry) bool) (string, error) {
	for _, place := range kernelPlaces {
		found, err := kernelsAt(filepath.Join(dir, place), is)
		if err != nil || found != nil {
			return oneKernel(dir, found, err)
		}
	}
	root, release, ok := releaseDir(dir)
	if !ok {
		return "", &noKernelError{dir: dir}
	}
	for _, place := range releasePlaces {
		if found, _ := kernelsAt(root+fmt.Sprintf(place, escapePattern(release)), is); found != nil {
			return oneKernel(dir, found, nil)
		}
	}
	if root == "/" && release == runningRelease() {
		if _, err := os.Stat(runningBTF); err == nil {
			return runningBTF, nil
		}
	}
	return "", &noKernelError{dir: dir}
}

// kernelsAt returns the files of a pattern, also compressed, that are what is asked for, each
// once.
func kernelsAt(pattern string, is func(string, fs.DirEntry) bool) (found []string, err error) {
	seen := make(map[string]bool)
	for _, ending := range []string{"", ".xz", ".zst", ".gz"} {
		names, _ := filepath.Glob(pattern + ending)
		for _, name := range names {
			info, err := os.Stat(name)
			if errors.Is(err, fs.ErrPermission) {
				return nil, fileError(name, err)
			}
			if err != nil || seen[realPath(name)] || !is(name, fs.FileInfoToDirEntry(info)) {
				continue
			}
			seen[realPath(name)] = true
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

func oneKernel(dir string, found []string, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", &noKernelError{dir, found}
	}
	return found[0], nil
}

// escapePattern makes a pattern that stands for a name alone.
func escapePattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "%", "%").Replace(name)
}

// moduleName is what a kernel calls the module in a file (Linux: KBUILD_MODNAME).
func moduleName(path string) string {
	name := withoutCompression(filepath.Base(path))
	for _, suffix := range moduleSuffixes {
		if short, ok := strings.CutSuffix(name, suffix); ok {
			name = short
			break
		}
	}
	return strings.ReplaceAll(name, "-", "_")
}

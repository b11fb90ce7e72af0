package main

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
)

// runningBTF is the file with the BTF of the kernel that runs.
const runningBTF = "/sys/kernel/btf/vmlinux"

// release returns the release of the kernel that a file is for, or is, "" if nothing
// says so. Raw BTF says nothing; that of the running kernel is known by its path, and that in
// an archive by its name.
func (in *btfInput) release() string {
	if release := in.file.Release; release != "" {
		return release
	}
	if in.elf != nil {
		return module.ReleaseOf(in.elf)
	}
	return rawRelease(in.name)
}

// rawRelease is that of raw BTF.
func rawRelease(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil && strings.TrimSuffix(real, inlineSuffix) == runningBTF {
		return runningRelease()
	}
	return archivedRelease(filepath.Base(name))
}

// archivedRelease is the release in the name of a file as archives of BTF have them, such as
// 6.12.1-amd64.btf: all three numbers, and what uname -r has after them.
func archivedRelease(name string) string {
	for _, ending := range []string{".xz", ".zst", ".gz"} {
		name = strings.TrimSuffix(name, ending)
	}
	release, ok := strings.CutSuffix(name, ".btf")
	numbers := strings.FieldsFunc(release, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' })
	if !ok || len(numbers) == 0 || !strings.HasPrefix(release, numbers[0]) || strings.Count(numbers[0], ".") < 2 {
		return ""
	}
	if _, err := kernel.ParseVersion(release); err != nil {
		return ""
	}
	return release
}

// releaseOf returns the release of the kernel that the file called name is for, or is,
// "" if it does not say so. A pipe has been read to its end by now.
func releaseOf(name string) string {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	file, err := openInput(name)
	if err != nil {
		return ""
	}
	defer file.Close()
	if file.Release != "" {
		return file.Release
	}
	f, err := elffile.New(name, file, file.Size())
	if err != nil {
		return rawRelease(name)
	}
	defer f.Close()
	return module.ReleaseOf(f)
}

// version is the release as far as rules are concerned, zero if it is not known.
func (in *btfInput) version() kernel.Version {
	version, _ := kernel.ParseVersion(in.release())
	return version
}

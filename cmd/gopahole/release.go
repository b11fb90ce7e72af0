package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
)

// runningBTF is the file with the BTF of the kernel that runs.
const runningBTF = "/sys/kernel/btf/vmlinux"

// release returns the release of the kernel that a file is for, or is, "" if nothing
// says so. Raw BTF says nothing; that of the running kernel is known by its path.
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
	return ""
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

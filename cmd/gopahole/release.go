package main

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/unpack"
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
		return kernelRelease(in.elf)
	}
	return rawRelease(in.name)
}

// rawRelease is that of raw BTF.
func rawRelease(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil && real == runningBTF {
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
	return kernelRelease(f)
}

// version is the release as far as rules are concerned, zero if it is not known.
func (in *btfInput) version() kernel.Version {
	version, _ := kernel.ParseVersion(in.release())
	return version
}

// kernelRelease returns the release of the kernel that a file is for, or is: from
// the vermagic of a module or the banner of vmlinux. It is "" if there is none.
func kernelRelease(f *elffile.File) string {
	if f.Type == elf.ET_REL {
		release, _ := module.Release(f)
		return release
	}
	return banner(f)
}

// banner reads the release in the text that /proc/version shows of a vmlinux: at its
// symbol or, of a stripped file, where it is in .rodata.
func banner(f *elffile.File) string {
	found := errors.New("found")
	release := ""
	err := f.Symbols(func(s elffile.Symbol) error {
		if string(s.Name) != "linux_banner" || s.Reserved || int(s.Shndx) >= len(f.Sections) {
			return nil
		}
		sec := &f.Sections[s.Shndx]
		if off := s.Value - sec.Addr; sec.HasData() && off < sec.Size {
			text := sectionReader{f, sec, off}
			release = unpack.FindRelease(text, int64(min(sec.Size-off, 200)))
		}
		return found
	})
	if err != nil { // there is such a symbol, or the table is damaged
		return release
	}
	if sec := f.Section(".rodata"); sec != nil && sec.HasData() {
		return unpack.FindRelease(sectionReader{f, sec, 0}, int64(sec.Size))
	}
	return ""
}

// sectionReader reads a section from an offset on.
type sectionReader struct {
	f     *elffile.File
	sec   *elffile.Section
	start uint64
}

func (r sectionReader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.f.ReadSectionAt(r.sec, p, r.start+uint64(off)); err != nil {
		return 0, err
	}
	return len(p), nil
}

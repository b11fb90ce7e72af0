package module

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/unpack"
)

// ErrNoRelease is wrapped by the error for a file that does not say which kernel
// it is for.
var ErrNoRelease = errors.New("no vermagic in .modinfo: not a module of the kernel, or stripped of it")

// buildFeatures returns what the build of a kernel asks its encoder for. Builds before
// 6.10 had no lists of features and asked for less; what their kernels do not know of
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
	magic, err := modinfo(f, "vermagic")
	if err != nil {
		return "", err
	}
	release, _, _ := strings.Cut(magic, " ")
	return release, nil
}

// Name returns the name of a module as the kernel has it, "" if it does not say so.
func Name(f *elffile.File) string {
	name, _ := modinfo(f, "name")
	return name
}

// modinfo returns what a module says of itself in the section .modinfo.
func modinfo(f *elffile.File, key string) (string, error) {
	s := f.Section(".modinfo")
	if s == nil || !s.HasData() {
		return "", ErrNoRelease
	}
	data, err := f.SectionData(s)
	if err != nil {
		return "", err
	}
	for entry := range bytes.SplitSeq(data, []byte{0}) {
		if value, ok := bytes.CutPrefix(entry, []byte(key+"=")); ok {
			return string(value), nil
		}
	}
	return "", ErrNoRelease
}

// ReleaseOf returns the release of the kernel that a file is for, or is: from the
// vermagic of a module or the banner of vmlinux. It is "" if there is none.
func ReleaseOf(f *elffile.File) string {
	if f.Type == elf.ET_REL {
		release, _ := Release(f)
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

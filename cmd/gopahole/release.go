package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/gen"
	"github.com/gopahole/gopahole/internal/elfio"
	"github.com/gopahole/gopahole/kernel"
)

// runningBTF is the file with the BTF of the kernel that runs.
const runningBTF = "/sys/kernel/btf/vmlinux"

// release returns the release of the kernel that a file is for, or is, "" if nothing
// says so. Raw BTF says nothing; that of the running kernel is known by its path.
func (in *btfInput) release() string {
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
	f, err := elfio.New(name, file, file.Size())
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
func kernelRelease(f *elfio.File) string {
	if f.Type == elf.ET_REL {
		release, _ := gen.Release(f)
		return release
	}
	return banner(f)
}

// bannerStart begins the text that /proc/version shows of a vmlinux.
const bannerStart = "Linux version "

// banner reads the release in that text, at its symbol or, of a stripped file, where
// it stands in .rodata.
func banner(f *elfio.File) string {
	found := errors.New("found")
	var text []byte
	err := f.Symbols(func(s elfio.Symbol) error {
		if string(s.Name) != "linux_banner" || s.Reserved || int(s.Shndx) >= len(f.Sections) {
			return nil
		}
		sec := &f.Sections[s.Shndx]
		off := s.Value - sec.Addr
		if !sec.HasData() || off >= sec.Size {
			return found
		}
		text = make([]byte, min(sec.Size-off, 200))
		if err := f.ReadSectionAt(sec, text, off); err != nil && err != io.EOF {
			return err
		}
		return found
	})
	if err == nil { // there is no such symbol
		text = findBanner(f)
	}
	rest, ok := bytes.CutPrefix(text, []byte(bannerStart))
	release, _, _ := strings.Cut(string(rest), " ")
	if !ok {
		return ""
	}
	return release
}

// findBanner looks for the banner in .rodata, a piece at a time. A format for such a
// text has no number where the release begins.
func findBanner(f *elfio.File) []byte {
	sec := f.Section(".rodata")
	if sec == nil || !sec.HasData() {
		return nil
	}
	const overlap = 256
	buf := make([]byte, 1<<20)
	for off := uint64(0); off < sec.Size; off += uint64(len(buf) - overlap) {
		piece := buf[:min(uint64(len(buf)), sec.Size-off)]
		if err := f.ReadSectionAt(sec, piece, off); err != nil && err != io.EOF {
			return nil
		}
		for rest := piece; ; {
			at := bytes.Index(rest, []byte(bannerStart))
			if at < 0 || at+overlap > len(rest) && off+uint64(len(piece)) < sec.Size {
				break // or it is whole in the next piece
			}
			rest = rest[at:]
			if next := rest[len(bannerStart):]; len(next) > 0 && next[0]-'0' <= 9 {
				return rest[:min(len(rest), overlap)]
			}
			rest = rest[len(bannerStart):]
		}
	}
	return nil
}

package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/elfio"
)

// openFiles opens all input files, in order, or none. close ends their use.
func openFiles(names []string) (files []*elfio.File, closeAll func(), err error) {
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		f, err := elfio.Open(name)
		if err != nil {
			closeAll()
			return nil, nil, fileError(name, err)
		}
		files = append(files, f)
	}
	return files, closeAll, nil
}

// checkOutput finds out, before the work, whether the result could be written.
// It is there to be early, not to be complete: write reports what it misses.
func checkOutput(o *options, names []string) error {
	if o.isDetached {
		return checkDetached(o.detached, names)
	}
	return checkInPlace(names[0])
}

func checkInPlace(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return fileError(name, err)
	}
	// Root may open such a file for writing, but nobody wants it changed.
	if info.Mode().Perm()&0o222 == 0 {
		return fileError(name, elfio.ErrReadOnly)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fileError(name, err)
	}
	return f.Close()
}

func checkDetached(output string, names []string) error {
	if output == "" {
		return errors.New("--btf_encode_detached: no file name given")
	}
	info, err := os.Stat(output)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(output)); err != nil {
			return fileError(output, errors.Unwrap(err))
		}
		return nil
	}
	if err != nil {
		return fileError(output, err)
	}
	if info.IsDir() {
		return fileError(output, errors.New("is a directory"))
	}
	for _, name := range names {
		if input, err := os.Stat(name); err == nil && os.SameFile(input, info) {
			return fmt.Errorf("%s: is an input file, --btf_encode_detached would overwrite it", output)
		}
	}
	return nil
}

// leavesImage tells whether a file has .BTF in its loaded image that data of n
// bytes cannot replace in its place, as in the final vmlinux of a kernel.
func leavesImage(f *elfio.File, n int) bool {
	s := f.Section(".BTF")
	return s != nil && f.Type != elf.ET_REL && s.Flags&elf.SHF_ALLOC != 0 && s.HasData() && s.FileSize != uint64(n)
}

// write puts the BTF where the options want it, completely or not at all.
func write(o *options, input string, result *dwarf2btf.Result) error {
	if o.isDetached {
		return writeDetached(o.detached, result, elfio.Options{})
	}
	return writeInPlace(input, result, o.dropSignature)
}

// writeDetached writes raw BTF into a file, and a distilled base into one beside
// it. The base is first, so that the new file never stands beside an old base.
func writeDetached(name string, result *dwarf2btf.Result, opts elfio.Options) error {
	if base := result.DistilledBase; base != nil {
		if err := elfio.WriteFile(name+distilledSuffix, base, opts); err != nil {
			return fileError(name+distilledSuffix, err)
		}
	}
	if err := elfio.WriteFile(name, result.BTF, opts); err != nil {
		return fileError(name, err)
	}
	return nil
}

// writeInPlace puts BTF into a file.
func writeInPlace(name string, result *dwarf2btf.Result, dropSignature bool) error {
	contents := []elfio.Content{
		{Name: ".BTF", Data: result.BTF.Bytes()},
		// Left by an earlier run with another base, it would make readers take the
		// new section for something split from it. (pahole 1.32 leaves it.)
		{Name: ".BTF.base"},
	}
	if base := result.DistilledBase; base != nil {
		contents[1].Data = base.Bytes()
	}
	if err := elfio.SetSections(name, contents, elfio.Options{MoveLoaded: true, DropSignature: dropSignature}); err != nil {
		return changeError(name, err)
	}
	return nil
}

// distilledSuffix makes the name of the file for the distilled base from that for
// the BTF.
const distilledSuffix = ".base"

package main

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/outfile"
)

// openFiles opens all input files, in order, or none. close ends their use.
func openFiles(names []string) (files []*elffile.File, closeAll func(), err error) {
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		f, err := elffile.Open(name)
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
func checkOutput(g *guard, o *options, names []string, distilled bool) error {
	if o.isDetached {
		if err := checkDetached(o.detached); err != nil {
			return err
		}
		return g.writesRaw(o.detached, distilled)
	}
	if err := checkInPlace(names[0]); err != nil {
		return err
	}
	return g.inPlace(names[0])
}

func checkInPlace(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return fileError(name, err)
	}
	// Root may open such a file for writing, but nobody wants it changed.
	if info.Mode().Perm()&0o222 == 0 {
		return fileError(name, outfile.ErrReadOnly)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fileError(name, err)
	}
	return f.Close()
}

func checkDetached(output string) error {
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
	return nil
}

// leavesImage tells whether a file has .BTF in its loaded image that data of n
// bytes cannot replace in its place, as in the final vmlinux of a kernel.
func leavesImage(f *elffile.File, n int) bool {
	s := f.Section(".BTF")
	return s != nil && f.Type != elf.ET_REL && s.Flags&elf.SHF_ALLOC != 0 && s.HasData() && s.FileSize != uint64(n)
}

// write puts the BTF where the options want it, completely or not at all.
func (c *command) write(g *guard, o *options, names []string, result *dwarf2btf.Result) error {
	if !o.isDetached {
		return writeInPlace(names[0], result, elffile.Options{DropSignature: o.dropSignature, Check: g.lastInPlace(names[0], names...)})
	}
	w, err := rawWriting(o.detached, result.BTF, result.DistilledBase, c.warn, c.warnOfLeft)
	if err != nil {
		return err
	}
	w.inputs = names
	return g.write(w)
}

// writeInPlace puts BTF into a file.
func writeInPlace(name string, result *dwarf2btf.Result, opts elffile.Options) error {
	opts.MoveLoaded = true
	contents := []elffile.Content{
		{Name: ".BTF", Data: result.BTF.Bytes()},
		// Left by an earlier run with another base, it would make readers take the
		// new section for something split from it. (pahole 1.32 leaves it.)
		{Name: ".BTF.base"},
	}
	if base := result.DistilledBase; base != nil {
		contents[1].Data = base.Bytes()
	}
	opts.ReadBack = (&btf.Sections{BTF: contents[0].Data, Base: contents[1].Data}).ReadBack
	if err := elffile.SetSections(name, contents, opts); err != nil {
		return changeError(name, err)
	}
	return nil
}

// distilledSuffix makes the name of the file for the distilled base from that for
// the BTF.
const distilledSuffix = ".base"

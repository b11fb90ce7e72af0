package main

import (
	"context"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/module"
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
		if o.detached == "" {
			return o.wrongUse("--btf_encode_detached: no file name given")
		}
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

// leavesImage reports whether a file has .BTF in its loaded image that data of n
// bytes cannot replace in its place, as in the final vmlinux of a kernel.
func leavesImage(f *elffile.File, n int) bool {
	s := f.Section(".BTF")
	return s != nil && f.Type != elf.ET_REL && s.Flags&elf.SHF_ALLOC != 0 && s.HasData() && s.FileSize != uint64(n)
}

// write puts the BTF where the options want it, completely or not at all.
func (c *command) write(g *guard, o *options, names []string, m *module.Module) error {
	if !o.isDetached {
		return embed(m, names[0], elffile.Options{DropSignature: o.dropSignature, Check: g.lastInPlace(names[0], names...), MoveLoaded: true})
	}
	w, err := rawWriting(o.detached, m, c.warn, c.warnOfLeft)
	if err != nil {
		return err
	}
	w.inputs = names
	return g.write(w)
}

// embed puts BTF into the file called name, whatever the signals say by now.
func embed(m *module.Module, name string, opts elffile.Options) error {
	if err := module.Run(context.Background(), m, module.Embed(name, opts)); err != nil {
		return changeError(name, err)
	}
	return nil
}

// distilledSuffix makes the name of the file for the distilled base from that for
// the BTF.
const distilledSuffix = ".base"

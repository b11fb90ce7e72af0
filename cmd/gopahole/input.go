package main

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/unpack"
)

// pipedStdin is standard input that can be read once, as a pipe. It is in memory, so that closing it does nothing.
var pipedStdin = sync.OnceValues(func() (*unpack.File, error) { return unpack.Open(stdinFile) })

// openInput opens a file to read, which may be compressed or a pipe. Standard input is the same file each time, as some
// verbs read a file twice, and command lines may name it twice.
func openInput(name string) (*unpack.File, error) {
	open := unpack.Open
	if name == stdinFile {
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			open = func(string) (*unpack.File, error) { return pipedStdin() }
		}
	}
	f, err := open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return f, nil
}

// loadBTF reads the BTF of a file: raw or in an ELF file, compressed or not.
func loadBTF(name string, base *btf.Types) (*btf.Types, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseBTF(f, name, base, btf.Load)
}

// parseBTF is loadBTF of an open file, by btf.Load or btf.LoadLoose.
func parseBTF(f *unpack.File, name string, base *btf.Types, load loadFunc) (*btf.Types, error) {
	types, err := load(f, f.Size(), base)
	if err != nil {
		if damaged := (*btf.ParseError)(nil); errors.As(err, &damaged) && damaged.Section == "header" {
			if kind := cmp.Or(elffile.Kind(f), kindOfNone(f)); kind != "" {
				err = fmt.Errorf("%w: it is %s", err, kind)
			}
		}
		return nil, fileError(name, err)
	}
	if base != nil && types.ByteOrder() != base.ByteOrder() {
		return nil, fileError(name, errOtherOrder)
	}
	return types, nil
}

// kindOfNone says what a file is that is neither ELF nor BTF, "" for one that is.
func kindOfNone(f *unpack.File) string {
	var head [4]byte
	switch n, _ := f.ReadAt(head[:], 0); {
	case n == 0:
		return "an empty file"
	case string(head[:]) == elf.ELFMAG || isBTF(head):
		return ""
	}
	return "neither an ELF file nor BTF"
}

// sayBase says what to do about split BTF whose base is missing.
func sayBase(err error) error {
	if errors.Is(err, btf.ErrNeedBase) {
		return fmt.Errorf("%w: --base names it", err)
	}
	return err
}

type loadFunc func(r io.ReaderAt, size int64, base *btf.Types) (*btf.Types, error)

// loadSections reads the BTF of a file as loadBTF does, not parsed.
func loadSections(name string) (*btf.Sections, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := btf.ReadSections(f, f.Size())
	if err != nil {
		return nil, fileError(name, err)
	}
	return s, nil
}

// loadDistilled reads the distilled base of the raw BTF in the file called name,
// which is in a file beside it. It returns nil if there is none.
func loadDistilled(name string) ([]byte, error) {
	s, err := loadSections(name + distilledSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.BTF, nil
}

package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/gopahole/gopahole/elffile"
)

// A btfLink is an argument of --btf_link: a section of the file is to say that BTF is
// not in it, but in a module.
type btfLink struct {
	section string // without linkSuffix
	module  string
	file    string // has the BTF
}

// linkSuffix ends the names of sections that say where BTF is.
const linkSuffix = ".link"

// Limits of a link. A name has a zero byte at its end.
const (
	maxLinkSection = 128
	moduleName64   = 56 // MODULE_NAME_LEN of a 64-bit kernel
	moduleName32   = 60
)

// parseLink reads SECTION:MODULE:FILE. FILE may have colons.
func parseLink(arg string) (btfLink, error) {
	parts := strings.SplitN(arg, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return btfLink{}, usagef("--btf_link '%s': takes SECTION:MODULE:FILE", arg)
	}
	return btfLink{parts[0], parts[1], parts[2]}, nil
}

// content returns the new contents of the section of f:
//
//	module   padded with zeros to 56 bytes, in a 32-bit file to 60
//	digest   SHA-256 of the file with the BTF
//	size     of that file in bytes, 4 bytes in the byte order of f
func (l *btfLink) content(f *elffile.File) (elffile.Content, error) {
	name := l.section + linkSuffix
	refuse := func(format string, args ...any) (elffile.Content, error) {
		return elffile.Content{}, fmt.Errorf("FAILED: "+format, args...)
	}
	size := moduleName32
	if f.Class64 {
		size = moduleName64
	}
	if len(l.section) >= maxLinkSection {
		return refuse("section name %s is too long for a BTF link: it may have %d bytes", l.section, maxLinkSection-1)
	}
	if len(l.module) >= size {
		return refuse("module name %s is too long for %s: it may have %d bytes", l.module, f.Name, size-1)
	}
	section := f.Section(name)
	if section == nil {
		return refuse("section %s not found in %s", name, f.Name)
	}
	want := size + sha256.Size + 4
	if section.Type != elf.SHT_PROGBITS || section.Compressed() || section.Size != uint64(want) {
		return refuse("section %s is not a writable BTF link: it has to have %d bytes of data in %s", name, want, f.Name)
	}
	digest, length, err := digestFile(l.file)
	if err != nil {
		return elffile.Content{}, &exitError{exitLinkFile, fmt.Errorf("FAILED to read BTF of a link from %s: %s", l.file, reason(l.file, err))}
	}
	data := append([]byte(l.module), bytes.Repeat([]byte{0}, size-len(l.module))...)
	data = append(data, digest...)
	data = append(data, 0, 0, 0, 0)
	f.Order.PutUint32(data[want-4:], length)
	return elffile.Content{Name: name, Data: data}, nil
}

// digestFile returns the SHA-256 of a file, and its length in bytes.
func digestFile(name string) (digest []byte, length uint32, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, 0, errors.New("not a regular file")
	case info.Size() == 0:
		return nil, 0, errors.New("file is empty")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, math.MaxUint32+1))
	switch {
	case err != nil:
		return nil, 0, err
	case n > math.MaxUint32:
		return nil, 0, errors.New("file has 4 GiB or more")
	case n == 0:
		return nil, 0, errors.New("file is empty")
	}
	return h.Sum(nil), uint32(n), nil
}

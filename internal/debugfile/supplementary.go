package debugfile

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gopahole/gopahole/elffile"
)

const (
	altLinkSection = ".gnu_debugaltlink"
	supSection     = ".debug_sup"
)

// A supLink says which supplementary file a file refers to.
type supLink struct {
	section string
	path    string
	id      buildID // the build ID, or the checksum of .debug_sup
}

// Supplementary opens the supplementary file of f, nil if f refers to none. The error is
// a *NotFoundError, that of ctx, or says what is wrong with the link. f.Name has to be
// its path.
func (s *Search) Supplementary(ctx context.Context, f *elffile.File) (*elffile.File, error) {
	l, err := readSupLink(f)
	if l == nil || err != nil {
		return nil, err
	}
	check := func(_ context.Context, d *elffile.File) error {
		if d.Class64 != f.Class64 || d.Order != f.Order || d.Machine != f.Machine {
			return errors.New("it is of another machine")
		}
		if err := l.matches(d); err != nil {
			return err
		}
		if next, err := readSupLink(d); next != nil || err != nil {
			return errors.New("it refers to a supplementary file of its own, which none may do")
		}
		return nil
	}
	d, looked, err := s.first(ctx, f, s.supPaths(f.Name, l), check)
	if d != nil || err != nil {
		return d, err
	}
	return nil, &NotFoundError{Kind: "supplementary file", Link: l.path, From: l.section, Looked: looked}
}

// matches checks that a file is the one that the link means.
func (l *supLink) matches(d *elffile.File) error {
	if l.section == altLinkSection {
		return sameBuildID(d, l.id)
	}
	sup, err := readDebugSup(d)
	switch {
	case err != nil:
		return err
	case sup == nil || !sup.supplementary:
		return errors.New("it is no supplementary file")
	case !bytes.Equal(sup.checksum, l.id):
		return fmt.Errorf("its checksum is %s, %v is wanted", hex.EncodeToString(sup.checksum), l.id)
	}
	return nil
}

// supPaths returns where a supplementary file may be. Its path may be relative, as dwz
// writes it on request.
func (s *Search) supPaths(name string, l *supLink) []string {
	paths := s.byBuildID(l.id)
	base := filepath.Base(l.path)
	for _, dir := range directories(name) {
		if filepath.IsAbs(l.path) {
			paths = append(paths, l.path)
		} else {
			paths = append(paths, filepath.Join(dir, l.path))
		}
		paths = append(paths, filepath.Join(dir, base), filepath.Join(dir, ".dwz", base), filepath.Join(dir, ".debug", base))
	}
	for _, root := range s.roots() {
		paths = append(paths, filepath.Join(root, base), filepath.Join(root, ".dwz", base))
	}
	return paths
}

// readSupLink returns the link of a file to its supplementary file, nil if there is none.
func readSupLink(f *elffile.File) (*supLink, error) {
	if s := f.Section(altLinkSection); s != nil && s.HasData() {
		path, rest, err := readPath(f, s)
		if err != nil {
			return nil, err
		}
		if len(rest) == 0 {
			return nil, linkError(f, altLinkSection, len(path)+1, "the build ID is missing")
		}
		return &supLink{altLinkSection, path, rest}, nil
	}
	sup, err := readDebugSup(f)
	if sup == nil || sup.supplementary || err != nil {
		return nil, err
	}
	if sup.path == "" {
		return nil, linkError(f, supSection, 3, "the file name is empty")
	}
	return &supLink{supSection, sup.path, sup.checksum}, nil
}

// debugSup is the contents of .debug_sup (DWARF 5, 7.3.6).
type debugSup struct {
	supplementary bool // this is such a file, path is empty
	path          string
	checksum      []byte
}

// readDebugSup returns the contents of .debug_sup, nil if there is none.
func readDebugSup(f *elffile.File) (*debugSup, error) {
	s := f.Section(supSection)
	if s == nil || !s.HasData() {
		return nil, nil
	}
	data, err := linkData(f, s)
	if err != nil {
		return nil, err
	}
	const header = 2 + 1 // version, is_supplementary
	if len(data) < header {
		return nil, linkError(f, supSection, 0, "the section ends inside of its header")
	}
	if v := f.Order.Uint16(data); v != 5 {
		return nil, linkError(f, supSection, 0, "unknown version %d", v)
	}
	n := bytes.IndexByte(data[header:], 0)
	if n < 0 {
		return nil, linkError(f, supSection, header, "the file name has no end")
	}
	at := header + n + 1
	size, shift := uint64(0), 0
	for {
		if at == len(data) || shift > 28 {
			return nil, linkError(f, supSection, at, "the size of the checksum is missing")
		}
		b := data[at]
		at++
		size |= uint64(b&0x7f) << shift
		shift += 7
		if b < 0x80 {
			break
		}
	}
	if size > uint64(len(data)-at) {
		return nil, linkError(f, supSection, at, "checksum of %d bytes in the last %d of the section", size, len(data)-at)
	}
	return &debugSup{data[2] != 0, string(data[header : header+n]), data[at : at+int(size)]}, nil
}

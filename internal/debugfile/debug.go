package debugfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/elffile"
)

const linkSection = ".gnu_debuglink"

// link is the contents of .gnu_debuglink.
type link struct {
	name string
	crc  uint32
}

// readLink returns the link of a file, nil if there is none. The section holds the name
// with its NUL, zeros up to a multiple of 4, and the checksum.
func readLink(f *elffile.File) (*link, error) {
	s := f.Section(linkSection)
	if s == nil || !s.HasData() {
		return nil, nil
	}
	name, _, err := readPath(f, s)
	if err != nil {
		return nil, err
	}
	if name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
		return nil, linkError(f, linkSection, 0, "%q is no file name", name)
	}
	data, err := linkData(f, s)
	if err != nil {
		return nil, err
	}
	at := (len(name) + 4) &^ 3
	if len(data) < at+4 {
		return nil, linkError(f, linkSection, at, "the checksum is missing")
	}
	return &link{name: name, crc: f.Order.Uint32(data[at:])}, nil
}

// readPath returns the path at the beginning of a section, and what follows its NUL.
func readPath(f *elffile.File, s *elffile.Section) (path string, rest []byte, err error) {
	data, err := linkData(f, s)
	if err != nil {
		return "", nil, err
	}
	text, rest, ok := bytes.Cut(data, []byte{0})
	if !ok {
		return "", nil, linkError(f, s.Name, 0, "the file name has no end")
	}
	return string(text), rest, nil
}

// linkData reads a section with a link, which must be small.
func linkData(f *elffile.File, s *elffile.Section) ([]byte, error) {
	const maxLink = 1 << 16 // bytes
	if s.Size > maxLink {
		return nil, linkError(f, s.Name, 0, "section of %d bytes: it has a file name and a checksum", s.Size)
	}
	return f.SectionData(s)
}

// linkError returns an error about an offset in a section with a link.
func linkError(f *elffile.File, section string, off int, format string, args ...any) error {
	return &elffile.FormatError{File: f.Name, Section: section, Offset: uint64(off), Msg: fmt.Sprintf(format, args...)}
}

// Debug opens the separate debug file of f, a file without debugging information. The
// error is ErrNone, a *NotFoundError, that of ctx, or says what is wrong with the link.
// f.Name has to be its path.
func (s *Search) Debug(ctx context.Context, f *elffile.File) (*elffile.File, error) {
	l, err := readLink(f)
	if err != nil {
		return nil, err
	}
	id := readBuildID(f)
	check := func(ctx context.Context, d *elffile.File) error {
		if d.Class64 != f.Class64 || d.Order != f.Order || d.Machine != f.Machine || d.Type != f.Type {
			return errors.New("it is of another machine or kind of file")
		}
		switch {
		case len(id) > 0:
			return sameBuildID(d, id)
		case l != nil:
			return sameCRC(ctx, d, l.crc)
		}
		return sameSections(d, f)
	}
	d, looked, err := s.first(ctx, f, s.debugPaths(f.Name, l, id), check)
	if d != nil || err != nil {
		return d, err
	}
	e := &NotFoundError{Kind: Separate, Looked: looked}
	if l != nil {
		e.Link, e.From = l.name, linkSection
		return nil, e
	}
	for i := range looked {
		if !looked[i].Absent() {
			return nil, e
		}
	}
	return nil, ErrNone
}

// debugPaths returns where a debug file may be.
func (s *Search) debugPaths(name string, l *link, id buildID) []string {
	paths := s.byBuildID(id)
	base := filepath.Base(name)
	names := []string{base + ".debug", base} // the second in other directories only
	if l != nil {
		names = []string{l.name}
	}
	for _, dir := range directories(name) {
		paths = append(paths, filepath.Join(dir, names[0]))
		for _, n := range names {
			paths = append(paths, filepath.Join(dir, ".debug", n))
		}
		for _, root := range s.roots() {
			for sub := dir; ; {
				for _, n := range names {
					paths = append(paths, filepath.Join(root, sub, n))
				}
				i := strings.IndexByte(strings.TrimPrefix(sub, "/"), '/')
				if sub == "" || sub == "/" {
					break
				}
				if i < 0 {
					sub = ""
				} else {
					sub = strings.TrimPrefix(sub, "/")[i:]
				}
			}
		}
	}
	return paths
}

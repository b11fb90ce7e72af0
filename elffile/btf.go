package elffile

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/unpack"
)

// OpenBTF reads the BTF of a file in any form that [unpack.Open] opens: raw BTF or an ELF
// file, plain or compressed, or a boot image. Unlike those of [btf.Open], the sections of
// an ELF file may be compressed as well.
//
// base is what the types are split from, nil for those that stand alone. The base that a
// file brings in .BTF.base counts instead of it, as for [btf.Load]. Errors are those of
// unpack.Open, *[FormatError], *[btf.ParseError] and [btf.ErrNoBTF], with the name of the
// file.
func OpenBTF(path string, base *btf.Types) (*btf.Types, error) {
	c, err := unpack.Open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	f, err := New(path, c, c.Size())
	if errors.As(err, new(*NotELFError)) {
		types, err := btf.Load(c, c.Size(), base)
		return types, named(path, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	types, err := f.readBTF(base)
	return types, named(path, err)
}

func (f *File) readBTF(base *btf.Types) (*btf.Types, error) {
	if s := f.Section(".BTF.base"); s != nil {
		var err error
		if base, err = f.parseBTF(s, nil); err != nil {
			return nil, err
		}
	}
	s := f.Section(".BTF")
	if s == nil {
		return nil, btf.ErrNoBTF
	}
	return f.parseBTF(s, base)
}

func (f *File) parseBTF(s *Section, base *btf.Types) (*btf.Types, error) {
	data, err := f.SectionData(s)
	if err != nil {
		return nil, err
	}
	types, err := btf.Parse(data, base)
	return types, named(s.Name, err)
}

// named says what an error is about, if it does not do so itself.
func named(what string, err error) error {
	if err == nil || errors.As(err, new(*FormatError)) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

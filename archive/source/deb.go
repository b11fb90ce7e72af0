package source

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxControl is the size of the file control of a package, in bytes. That of a kernel has
// two thousand.
const maxControl = 1 << 20

// openDeb reads what a Debian package says of itself (deb(5), deb-control(5)).
func openDeb(r io.ReaderAt, size int64, limits Limits) (*Package, error) {
	entries, err := readAr(r, size, limits)
	p := &Package{Format: "deb", size: size, limits: limits}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.name, "control.tar"):
			if cerr := p.readControl(io.NewSectionReader(r, e.off, e.size)); cerr != nil {
				return nil, fmt.Errorf("%s: %w", e.name, cerr)
			}
		case strings.HasPrefix(e.name, "data.tar"):
			p.data, p.dataName = io.NewSectionReader(r, e.off, e.size), e.name
		}
	}
	switch {
	case err != nil && p.Name == "":
		return nil, err
	case err != nil:
		return p, err
	case p.Name == "":
		return nil, errors.New("an ar archive without control.tar: no Debian package")
	case p.data == nil:
		return p, errors.New("no data.tar in it")
	}
	return p, nil
}

// readControl reads the fields of the file control.
func (p *Package) readControl(packed *io.SectionReader) error {
	sum := sha256.New()
	s, err := unpackStream(io.TeeReader(packed, sum), p.limits)
	if err != nil {
		return err
	}
	defer s.Close()
	t := tar.NewReader(s)
	for n := 0; ; n++ {
		h, err := t.Next()
		if err == io.EOF || n > p.limits.Members {
			return errors.New("no file control in it")
		}
		if err != nil {
			return truncated(err)
		}
		if path.Clean("/"+h.Name) != "/control" || h.Typeflag != tar.TypeReg {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(t, maxControl))
		if err != nil {
			return truncated(err)
		}
		fields := controlFields(string(text))
		p.Name, p.Version, p.Architecture = fields["Package"], fields["Version"], fields["Architecture"]
		p.Maintainer = fields["Maintainer"]
		if p.Name == "" {
			return errors.New("its file control has no field Package")
		}
		break
	}
	// The file md5sums beside it has the sums of all contents, so that this says what they are.
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum.Reset()
	if _, err := io.Copy(sum, packed); err != nil {
		return truncated(err)
	}
	p.identify(sum.Sum(nil))
	return nil
}

// controlFields returns the fields of a paragraph, without lines that continue one.
func controlFields(text string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		if _, twice := fields[name]; ok && !twice && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields
}

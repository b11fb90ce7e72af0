package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Packages yields the packages of an input: one, or those in an archive. An error comes with
// a package if its name is known, and with one that has nothing but a Path if not; it ends
// nothing unless ctx has ended. Packages can be read until the next one is asked for. What is wrong with the disk, and
// not with a package, is a *[ReadError] or a *[SpoolError].
func (in Input) Packages(ctx context.Context, spool Spool, limits Limits) iter.Seq2[*Package, error] {
	limits = limits.orDefault()
	return func(yield func(*Package, error) bool) {
		if in.Dir {
			yield(openTree(in, limits))
			return
		}
		m, closer, err := in.open(in.Path)
		if err != nil {
			yield(broken(in.Path, 0), err)
			return
		}
		defer closer.Close()
		o := opener{ctx: ctx, spool: spool, limits: limits, yield: yield}
		o.open(in.Path, m, 0)
	}
}

// broken is a package of which nothing is known but its path and size.
func broken(path string, size int64) *Package {
	p := &Package{Path: path, size: size}
	p.identify([]byte(filepath.Base(path)))
	return p
}

// withoutPath is what the system said, without the name of the call and the file.
func withoutPath(err error) error {
	if perr := new(os.PathError); errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// An opener finds the packages in a file.
type opener struct {
	ctx    context.Context
	spool  Spool
	limits Limits
	yield  func(*Package, error) bool
}

// open yields the packages in a file of size bytes. It returns false if no more are wanted.
func (o *opener) open(name string, r *medium, depth int) bool {
	size := r.size
	if depth > o.limits.Depth {
		return o.yield(broken(name, size), &LimitError{fmt.Sprintf("archives in archives, more than %d deep", o.limits.Depth)})
	}
	var start [rpmLead]byte
	if n, err := r.ReadAt(start[:], 0); err != nil && err != io.EOF {
		return o.yield(broken(name, size), r.explain(err))
	} else if n == 0 {
		return o.yield(broken(name, size), errors.New("empty file"))
	}
	var p *Package
	var err error
	switch {
	case bytes.HasPrefix(start[:], []byte(arMagic)):
		p, err = openDeb(r, size, o.limits)
	case bytes.HasPrefix(start[:], []byte(rpmLeadMagic)):
		p, err = openRPM(r, size, o.limits)
	default:
		return o.openArchive(name, r, depth)
	}
	if p == nil {
		p = broken(name, size)
	}
	p.Path, p.medium = name, r
	return o.yield(p, r.explain(err))
}

// isPackageName says whether a file in an archive or a directory is taken for a package.
func isPackageName(name string) bool {
	for _, suffix := range []string{".deb", ".ddeb", ".rpm"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// isArchiveName says whether it is taken for an archive of others.
func isArchiveName(name string) bool {
	name = path.Base(name)
	for _, suffix := range []string{".tgz", ".txz", ".tbz2", ".tzst"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	name = trimCompressed(name)
	return strings.HasSuffix(name, ".tar") || strings.HasSuffix(name, ".cpio")
}

// openArchive yields what is in an archive of tar or cpio: packages, or itself if it has the
// files of a kernel.
func (o *opener) openArchive(name string, r *medium, depth int) bool {
	size := r.size
	self := &Package{Path: name, Format: "archive", Name: archiveName(name), medium: r, size: size, limits: o.limits, data: io.NewSectionReader(r, 0, size), dataName: "archive"}
	self.identify(nil)
	s, err := unpackStream(&contextReader{o.ctx, io.NewSectionReader(r, 0, size)}, o.limits)
	if err != nil {
		return o.yield(self, r.explain(err))
	}
	defer s.Close()
	more, packages, members := true, 0, 0
	var seen strings.Builder
	err = entries(s, nil, o.limits, func(e entry) bool {
		fmt.Fprintf(&seen, "%q %d %d\n", e.name, e.size, e.modified)
		switch {
		case isPackageName(e.name), isArchiveName(e.name):
			packages++
			m := Member{Path: e.name, Size: e.size, r: e.r, medium: r, limits: o.limits}
			inner, err := m.spoolAsIs(o.spool)
			if err != nil {
				more = o.yield(broken(name+"!"+e.name, e.size), err)
				return more
			}
			defer inner.Close()
			more = o.open(name+"!"+e.name, inner.medium, depth+1)
		case kindOf(e.name) != 0:
			members++
		}
		return more
	})
	switch {
	case !more:
		return false
	case err != nil:
		return o.yield(self, r.explain(err))
	case packages > 0 && members > 0:
		return o.yield(self, errors.New("it has packages as well as files of kernels in it, of which only the packages were read: give them on their own"))
	case packages > 0:
		return true
	}
	// Not all of it is read for its digest: names, sizes and times are, once more, what a package would say of its contents.
	sum := sha256.Sum256([]byte(seen.String()))
	self.identify(sum[:])
	if members == 0 {
		return o.yield(self, errors.New("neither a package nor a vmlinux or module is in it"))
	}
	return o.yield(self, nil)
}

// archiveName is the name of an archive that has none but that of its file.
func archiveName(name string) string {
	name = trimCompressed(filepath.Base(name[strings.LastIndex(name, "!")+1:]))
	for _, suffix := range []string{".tgz", ".txz", ".tbz2", ".tzst", ".tar", ".cpio"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

package source

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/internal/memory"
)

// An Input is a piece of work: a file with packages, or a directory with the files of
// kernels.
type Input struct {
	Path string
	Dir  bool
	Size int64 // of the file, in bytes

	// Files are those of the input; nil is the system's.
	Files Opener
}

// open opens a file of the input. The error is a *[ReadError].
func (in Input) open(name string) (*medium, io.Closer, error) {
	files := in.Files
	if files == nil {
		files = system{}
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, nil, &ReadError{withoutPath(err)}
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err == errNotRegular {
		f.Close()
		return nil, nil, err
	}
	if err != nil {
		f.Close()
		return nil, nil, &ReadError{withoutPath(err)}
	}
	return fileMedium(f, info.Size()), f, nil
}

var errNotRegular = errors.New("no regular file")

// List returns the inputs that operands stand for, each once and in the order of their names:
// the work list, which is the same wherever the files are the same. An operand is
//
//	a file
//	@FILE   a file with an operand on each line; empty lines and those with # are passed over
//	a directory: the packages and archives below it and symbolic links to such, and itself if
//	        files of kernels are below it that are in none
//
// The error is about an operand that is not there or cannot be read.
func List(operands []string) ([]Input, error) {
	var found []Input
	for _, o := range operands {
		inputs, err := listOperand(o, true)
		if err != nil {
			return nil, err
		}
		found = append(found, inputs...)
	}
	slices.SortFunc(found, func(a, b Input) int { return cmp.Compare(a.Path, b.Path) })
	found = slices.CompactFunc(found, func(a, b Input) bool { return a.Path == b.Path })
	for _, in := range found {
		memory.AddInput(in.Size)
	}
	return found, nil
}

func listOperand(name string, lists bool) ([]Input, error) {
	if list, ok := strings.CutPrefix(name, "@"); ok && lists {
		return readList(list)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, withoutPath(err))
	case info.IsDir():
		return listDir(filepath.Clean(name))
	}
	return []Input{{Path: filepath.Clean(name), Size: info.Size()}}, nil
}

func readList(name string) ([]Input, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, withoutPath(err))
	}
	defer f.Close()
	var found []Input
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		inputs, err := listOperand(line, false)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		found = append(found, inputs...)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return found, nil
}

// listDir returns the packages below a directory, and the directory if it has files of
// kernels outside of them.
func listDir(dir string) (found []Input, err error) {
	tree := false
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		link := d.Type()&fs.ModeSymlink != 0
		switch {
		case !d.Type().IsRegular() && !link:
		case isPackageName(name), isArchiveName(name):
			info, err := os.Stat(name) // pools are made of links, and so are volumes of Kubernetes
			if err != nil {
				return fmt.Errorf("%s: %w", name, withoutPath(err))
			}
			if !info.Mode().IsRegular() {
				return nil
			}
			found = append(found, Input{Path: name, Size: info.Size()})
		case kindOf(name) != 0 && !link:
			tree = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if tree {
		found = append(found, Input{Path: dir, Dir: true})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: neither a package nor a vmlinux or module is below it", dir)
	}
	return found, nil
}

// A treeFile is a file of a kernel in a directory.
type treeFile struct {
	name string // below the directory, with slashes
	size int64
}

// openTree looks at a directory with files of kernels.
func openTree(in Input, limits Limits) (*Package, error) {
	dir := in.Path
	p := &Package{Path: dir, Format: "tree", Name: filepath.Base(absolute(dir)), tree: in, limits: limits}
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return &ReadError{err}
		}
		if !d.Type().IsRegular() || kindOf(name) == 0 {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return &ReadError{err}
		}
		if err := tooMany(len(p.files), limits); err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f := treeFile{filepath.ToSlash(rel), info.Size()}
		p.files = append(p.files, f)
		p.size += f.size
		memory.AddInput(f.size)
		id, err := in.contentID(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %d %s\n", f.name, f.size, id)
		return nil
	})
	// Kernels first: that is the only order that a directory does not have by itself.
	slices.SortStableFunc(p.files, func(a, b treeFile) int { return cmp.Compare(kindOf(a.name), kindOf(b.name)) })
	p.identify(sum.Sum(nil))
	return p, err
}

// contentID tells files of one name and size apart, as those of a kernel that was built again: it is the build ID, or the
// digest of a file that has none.
func (in Input) contentID(name string) (string, error) {
	m, closer, err := in.open(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer closer.Close()
	if e, err := elffile.New(name, m, m.size); err == nil {
		defer e.Close()
		if id := debugfile.BuildID(e); id != "" {
			return id, nil
		}
	}
	sum := sha256.New()
	_, err = io.Copy(sum, io.NewSectionReader(m, 0, m.size))
	if failed := m.failed.Load(); failed != nil { // maybe where the build ID stands
		err = *failed
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

func (p *Package) treeMembers(ctx context.Context, yield func(*Member, error) bool) {
	for _, t := range p.files {
		if ctx.Err() != nil {
			yield(nil, context.Cause(ctx))
			return
		}
		more, err := p.treeMember(t, yield)
		if err != nil {
			yield(nil, err)
			return
		}
		if !more {
			return
		}
	}
}

func (p *Package) treeMember(t treeFile, yield func(*Member, error) bool) (more bool, err error) {
	m, closer, err := p.tree.open(filepath.Join(p.tree.Path, filepath.FromSlash(t.name)))
	if err == nil {
		defer closer.Close()
	}
	if err == nil && m.size != t.size || err == errNotRegular {
		err = &ReadError{errChanged}
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", t.name, err)
	}
	return yield(&Member{Path: t.name, Kind: kindOf(t.name), Size: t.size, r: io.NewSectionReader(m, 0, t.size), medium: m, limits: p.limits}, nil), nil
}

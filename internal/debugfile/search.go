package debugfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gopahole/gopahole/elffile"
)

// StandardDir is where packages put debug files.
const StandardDir = "/usr/lib/debug"

// A Search looks for files.
type Search struct {
	// Roots are searched before StandardDir.
	Roots []string

	// Usable says what makes a file useless to the caller, nil if nothing does.
	Usable func(*elffile.File) error

	// Opened is told the path of each file that is found, nil if nobody asks.
	Opened func(path string)
}

// errAbsent says that there is no file.
var errAbsent = errors.New("no such file")

// roots returns all directories that are laid out as StandardDir is.
func (s *Search) roots() []string { return append(s.Roots[:len(s.Roots):len(s.Roots)], StandardDir) }

// byBuildID returns the places of debug files with a build ID. libdwfl knows IDs of 3
// to 64 bytes.
func (s *Search) byBuildID(id buildID) []string {
	if len(id) < 3 || len(id) > 64 {
		return nil
	}
	var paths []string
	name := id.String()
	for _, root := range s.roots() {
		paths = append(paths, filepath.Join(root, ".build-id", name[:2], name[2:]+".debug"))
	}
	return paths
}

// directories returns the absolute directories of a file: of its name, and of what
// that is a link to.
func directories(name string) []string {
	var dirs []string
	if abs, err := filepath.Abs(name); err == nil {
		dirs = append(dirs, filepath.Dir(abs))
		if real, err := filepath.EvalSymlinks(abs); err == nil && filepath.Dir(real) != dirs[0] {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}

// first opens the first of the files called paths that passes check. The error is
// ctx's, or nil with what became of each.
func (s *Search) first(ctx context.Context, of *elffile.File, paths []string, check func(context.Context, *elffile.File) error) (*elffile.File, []Candidate, error) {
	var looked []Candidate
	if of.Alone {
		return nil, nil, nil
	}
	seen := make(map[string]bool)
	for _, path := range paths {
		if path = filepath.Clean(path); seen[path] {
			continue
		}
		seen[path] = true
		f, err := s.try(ctx, of, path, check)
		if err == nil {
			return f, nil, nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		looked = append(looked, Candidate{Path: path, Err: err})
	}
	return nil, looked, nil
}

func (s *Search) try(ctx context.Context, of *elffile.File, path string, check func(context.Context, *elffile.File) error) (*elffile.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil, errAbsent
		}
		return nil, plain(path, err)
	}
	if self, err := os.Stat(of.Name); err == nil && os.SameFile(self, info) {
		return nil, errors.New("is the file itself")
	}
	f, err := elffile.Open(path)
	if err != nil {
		return nil, plain(path, err)
	}
	if err = check(ctx, f); err == nil && s.Usable != nil {
		err = s.Usable(f)
	}
	if err != nil {
		f.Close()
		return nil, plain(path, err)
	}
	if s.Opened != nil {
		s.Opened(path)
	}
	return f, nil
}

// plain returns an error about a file without the file's name: the caller adds that.
func plain(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	if text, ok := strings.CutPrefix(err.Error(), path+": "); ok {
		return errors.New(text)
	}
	return err
}

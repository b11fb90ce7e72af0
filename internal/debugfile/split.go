package debugfile

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/elffile"
)

// A SplitUnit is what a skeleton unit says of the file that has the rest of it.
type SplitUnit struct {
	Name    string // DW_AT_dwo_name
	CompDir string // DW_AT_comp_dir, "" if there is none
}

// Split opens the .dwo file of a unit of f, the first that passes check. The error is
// a *NotFoundError or that of ctx. f.Name has to be its path.
func (s *Search) Split(ctx context.Context, f *elffile.File, u SplitUnit, check func(context.Context, *elffile.File) error) (*elffile.File, error) {
	d, looked, err := s.first(ctx, f, s.splitPaths(f.Name, u), check)
	if d != nil || err != nil {
		return d, err
	}
	return nil, &NotFoundError{Kind: "file of split DWARF", Link: u.Name, From: "a unit", Looked: looked}
}

// splitPaths returns where a .dwo file may be: the places of elfutils, and the directory of
// the file called name.
func (s *Search) splitPaths(name string, u SplitUnit) []string {
	if filepath.IsAbs(u.Name) {
		paths := []string{u.Name}
		for _, root := range s.Roots {
			paths = append(paths, filepath.Join(root, u.Name))
		}
		return append(paths, beside(name, filepath.Base(u.Name))...)
	}
	paths := beside(name, u.Name)
	if filepath.IsAbs(u.CompDir) {
		paths = append(paths, filepath.Join(u.CompDir, u.Name))
	} else if u.CompDir != "" {
		paths = append(paths, beside(name, filepath.Join(u.CompDir, u.Name))...)
	}
	for _, root := range s.Roots {
		paths = append(paths, filepath.Join(root, u.CompDir, u.Name), filepath.Join(root, u.Name), filepath.Join(root, filepath.Base(u.Name)))
	}
	return append(paths, beside(name, filepath.Base(u.Name))...)
}

// beside returns a path relative to each directory of the file called name.
func beside(name, path string) []string {
	var paths []string
	for _, dir := range directories(name) {
		paths = append(paths, filepath.Join(dir, path))
	}
	return paths
}

// Package opens the DWARF package of f, FILE.dwp in its directory: the first that passes
// check. If none does, it returns nil and why.
func (s *Search) Package(ctx context.Context, f *elffile.File, check func(context.Context, *elffile.File) error) (*elffile.File, []Candidate, error) {
	base := filepath.Base(f.Name)
	paths := beside(f.Name, base+".dwp")
	if abs, err := filepath.Abs(f.Name); err == nil {
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			paths = append(paths, real+".dwp")
		}
	}
	if short, ok := strings.CutSuffix(base, ".debug"); ok {
		paths = append(paths, beside(f.Name, short+".dwp")...)
	}
	for _, root := range s.Roots {
		paths = append(paths, filepath.Join(root, base+".dwp"))
	}
	return s.first(ctx, f, paths, check)
}

package baseindex

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// isName reports whether nameOf may have made a name. Directories of others have files with the
// same ending in them, such as those of git.
func isName(name string) bool {
	digits, ok := strings.CutSuffix(name, ending)
	return ok && len(digits) == 2*nameBytes && strings.Trim(digits, "0123456789abcdef") == ""
}

// makeRoom removes the indexes that were used least recently, until one of so many bytes fits at
// path.
func (c *Cache) makeRoom(path string, size int64) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return // writing fails as well, and says why
	}
	var others []os.FileInfo
	for _, e := range entries {
		if !isName(e.Name()) || e.Name() == filepath.Base(path) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			others = append(others, info)
			size += info.Size()
		}
	}
	slices.SortFunc(others, func(a, b os.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for _, info := range others {
		if size <= c.max {
			return
		}
		if os.Remove(filepath.Join(c.dir, info.Name())) == nil {
			size -= info.Size()
		}
	}
}

package outfile

import (
	"io/fs"
	"os"
	"path/filepath"
)

// An ID tells files apart whatever they are called: two names with one ID are the same
// file, be it through links, other paths or bind mounts. IDs can be compared with ==.
type ID struct {
	dev, ino uint64
	name     string
}

// IDOf returns the ID of an existing file.
func IDOf(path string, info fs.FileInfo) ID { return idOf(path, info) }

// Place returns an ID for the place to which a file at path would be written, whether
// there is a file or not: two outputs with one place would replace each other. ok is false
// for what would be written directly, such as a pipe.
func Place(path string) (place ID, ok bool, err error) {
	at, err := find(path)
	if err != nil {
		return ID{}, false, err
	}
	if at.fd >= 0 || at.info != nil && !at.regular() {
		return ID{}, false, nil
	}
	dir := filepath.Dir(at.path)
	info, err := os.Stat(dir)
	if err != nil {
		return ID{}, false, &fs.PathError{Op: "write", Path: path, Err: cause(err)}
	}
	place = idOf(dir, info)
	place.name = filepath.Join(place.name, filepath.Base(at.path))
	return place, true, nil
}

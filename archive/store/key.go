package store

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"

	"github.com/gopahole/gopahole/outfile"
)

// What all stores can keep: a name of a file has 255 bytes, and outfile needs some for its temporary files; a key of S3
// has 1024 with the prefix of the store.
const (
	maxElement = 230
	maxKey     = 800
)

// A KeyError is the error for a string that is no key.
type KeyError struct {
	Key    string
	Reason string
}

func (e *KeyError) Error() string { return fmt.Sprintf("%q is no key of a store: %s", e.Key, e.Reason) }

// CheckKey returns a [*KeyError] if a string cannot be a key.
func CheckKey(key string) error {
	bad := func(reason string) error { return &KeyError{Key: key, Reason: reason} }
	switch {
	case len(key) > maxKey:
		return bad(fmt.Sprintf("it has %d bytes, and %d are the limit", len(key), maxKey))
	case key == "." || !fs.ValidPath(key):
		return bad(`it is no path in UTF-8 with slashes, without empty elements, "." and ".."`)
	case strings.ContainsFunc(key, func(r rune) bool { return r == '\\' || r == unicode.ReplacementChar || unicode.IsControl(r) }):
		return bad("it has a backslash or a control character")
	}
	for element := range strings.SplitSeq(key, "/") {
		if len(element) > maxElement {
			return bad(fmt.Sprintf("an element has %d bytes, and %d are the limit", len(element), maxElement))
		}
		if outfile.IsTemp(element) {
			return bad("files with such names are temporary")
		}
	}
	return nil
}

package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	arMagic  = "!<arch>\n"
	arHeader = 60 // bytes
)

// An arEntry is a file in an ar archive, as deb(5) has it: names of at most 16 bytes, in the
// header.
type arEntry struct {
	name      string
	off, size int64 // of the contents
}

// readAr returns the entries of an ar archive, which begins with its magic. No contents are
// read.
func readAr(r io.ReaderAt, size int64, limits Limits) (entries []arEntry, err error) {
	for off := int64(len(arMagic)); off < size; {
		var h [arHeader]byte
		if _, err := r.ReadAt(h[:], off); err != nil {
			return entries, truncated(err)
		}
		if string(h[58:]) != "`\n" {
			return entries, fmt.Errorf("ar: damaged header at byte %d", off)
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(h[48:58], " ")), 10, 64)
		if err != nil || n < 0 {
			return entries, fmt.Errorf("ar: damaged size at byte %d", off+48)
		}
		off += arHeader
		name := strings.TrimSuffix(string(bytes.TrimRight(h[:16], " ")), "/")
		if n > size-off {
			return entries, fmt.Errorf("%s: %w", name, errTruncated)
		}
		if len(entries) == limits.Members {
			return entries, errors.New("ar: too many members")
		}
		entries = append(entries, arEntry{name, off, n})
		off += n + n&1
	}
	return entries, nil
}

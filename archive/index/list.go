package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/gopahole/gopahole/archive/store"
)

// maxObject bounds a record, in bytes: one of all modules of a kernel has two million.
const maxObject = 1 << 30

// Read reads the record of a key. For a package that has none the error is nil, and so is the
// record.
func Read(ctx context.Context, st store.Store, key string) (*Record, error) {
	r, _, err := st.Get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	rec, err := Parse(io.LimitReader(r, maxObject))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", st, key, err)
	}
	return rec, nil
}

// ErrDamaged is wrapped by the error for an object that is no record, as after a fault of a disk.
var ErrDamaged = errors.New("no record of a package")

// A Listed is a record in an archive.
type Listed struct {
	Key    string
	Record *Record
	Err    error // why it cannot be read
}

// List reads all records of an archive, in the order of their keys. Its error is that of the
// list itself, which ends it.
func List(ctx context.Context, st store.Store) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		for info, err := range st.List(ctx, Prefix) {
			if err != nil {
				yield(Listed{}, err)
				return
			}
			if !strings.HasSuffix(info.Key, suffix) {
				continue
			}
			l := Listed{Key: info.Key}
			l.Record, l.Err = Read(ctx, st, info.Key)
			if ctx.Err() != nil {
				yield(l, context.Cause(ctx))
				return
			}
			if l.Record == nil && l.Err == nil {
				continue // removed meanwhile
			}
			if !yield(l, nil) {
				return
			}
		}
	}
}

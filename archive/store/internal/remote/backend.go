package remote

import (
	"context"
	"errors"
	"io"

	"github.com/gopahole/gopahole/archive/store"
)

// An Object is what a backend knows of an object.
type Object struct {
	store.Info
	SHA256  string // of the contents, hexadecimal; "" if it is not known
	Version string // of the contents, for Open; "" if there are no versions
}

// ErrChanged is the error of [Backend.PutIf] if another one came before.
var ErrChanged = Permanent(errors.New("it was replaced meanwhile"))

// A Backend is a server. Its methods do one try each, and may be called at the same time. Errors that would be the same
// the next time are [Permanent], or wrap fs.ErrNotExist for a key with nothing.
type Backend interface {
	// Put puts contents under a key, all or nothing. It replaces.
	Put(ctx context.Context, key string, c *Content) error

	Stat(ctx context.Context, key string) (Object, error)

	// Open opens n bytes from offset off on, or with n < 0 all from there on, of a version or with "" of the newest
	// one. The Size in the description is that of the whole object if off is 0 and n < 0, and else means nothing.
	Open(ctx context.Context, key, version string, off, n int64) (io.ReadCloser, Object, error)

	// List calls yield with objects whose keys have a prefix and are after another key, in order, until it returns
	// false.
	List(ctx context.Context, prefix, after string, yield func(store.Info) bool) error

	// PutIf is Put if what is there has a version, or with "" if nothing is there; else the error is [ErrChanged]. A
	// backend that has no such thing puts all the same.
	PutIf(ctx context.Context, key, version string, c *Content) error

	// Delete removes an object, if there is one.
	Delete(ctx context.Context, key string) error
}

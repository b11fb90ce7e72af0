package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// ErrDamaged is wrapped by the error for an object whose bytes are not those that were put, by their checksum.
var ErrDamaged = errors.New("not the bytes that were put")

// Info describes an object.
type Info struct {
	Key      string
	Size     int64     // in bytes
	Modified time.Time // when it was put; zero if the store does not know it
}

// A Change is what [Store.Update] does with an object.
type Change uint8

const (
	Keep Change = iota
	Replace
	Remove
)

// A Store keeps objects. Its methods may be called at the same time, also by several programs.
type Store interface {
	// Put puts the size bytes of r under a key: all of them, or after an error what was there before. It replaces.
	// A reader with fewer or more bytes is an error. What is there when Put returns is there after a loss of power.
	Put(ctx context.Context, key string, size int64, r io.Reader) error

	// Update replaces an object by what f makes of what is there, nil for nothing: f says whether data take its place,
	// whether nothing does, or whether it stays. Between what f is given and what it says nobody else's Update of the
	// key comes, in a store that can promise it: f is called again if one did. The error of f ends it.
	Update(ctx context.Context, key string, f func(old []byte) (data []byte, c Change, err error)) error

	// Get opens an object. Reading it fails where it would give bytes other than those that were put, as far as the
	// store can tell: with ErrDamaged, io.ErrUnexpectedEOF or another error. The context is for reading as well.
	Get(ctx context.Context, key string) (io.ReadCloser, Info, error)

	// GetRange opens the n bytes of an object from offset off on. If it ends before, reading fails with
	// io.ErrUnexpectedEOF.
	GetRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)

	// Stat describes an object.
	Stat(ctx context.Context, key string) (Info, error)

	// List describes the objects whose keys begin with a prefix, which need not end at a slash, in the order of the
	// bytes of their keys. It ends after the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Delete removes an object, if there is one.
	Delete(ctx context.Context, key string) error

	// String returns the name that Open was given.
	String() string
}

package remote

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/transfer"
)

// New returns the store on a server. The name is the one that it was opened by.
func New(name string, b Backend, p Policy) store.Store {
	return &remote{name: name, backend: b, policy: p}
}

type remote struct {
	name    string
	backend Backend
	policy  Policy
}

func (s *remote) String() string { return s.name }

// fail says at which key an error was.
func (s *remote) fail(key string, err error) error {
	if err == nil || errors.As(err, new(*store.KeyError)) {
		return err
	}
	return fmt.Errorf("%s/%s: %w", strings.TrimRight(s.name, "/"), key, err)
}

func (s *remote) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	c, err := NewContent(ctx, r, size)
	if err != nil {
		return s.fail(key, err)
	}
	defer c.Close()
	return s.fail(key, s.policy.Do(ctx, func() error { return s.backend.Put(ctx, key, c) }))
}

func (s *remote) Stat(ctx context.Context, key string) (store.Info, error) {
	if err := cmp.Or(store.CheckKey(key), ctx.Err()); err != nil {
		return store.Info{}, err
	}
	var o Object
	err := s.policy.Do(ctx, func() (err error) {
		o, err = s.backend.Stat(ctx, key)
		return err
	})
	return o.Info, s.fail(key, err)
}

func (s *remote) Delete(ctx context.Context, key string) error {
	if err := cmp.Or(store.CheckKey(key), ctx.Err()); err != nil {
		return err
	}
	return s.fail(key, s.policy.Do(ctx, func() error { return s.backend.Delete(ctx, key) }))
}

func (s *remote) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	r, err := s.open(ctx, key, 0, -1)
	if err != nil {
		return nil, store.Info{}, err
	}
	r.end = r.object.Size
	if r.object.SHA256 != "" {
		r.hash = sha256.New()
	}
	return &transfer.Object{Reader: r, Closer: r, Explain: func(err error) error { return s.fail(key, err) }}, r.object.Info, nil
}

func (s *remote) GetRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if err := transfer.CheckRange(off, n); err != nil {
		return nil, s.fail(key, err)
	}
	if n == 0 { // no range for servers
		if _, err := s.Stat(ctx, key); err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	r, err := s.open(ctx, key, off, n)
	if err != nil {
		return nil, err
	}
	r.end = off + n
	return &transfer.Object{Reader: r, Closer: r, Explain: func(err error) error { return s.fail(key, err) }}, nil
}

func (s *remote) open(ctx context.Context, key string, off, n int64) (*reader, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	r := &reader{ctx: ctx, remote: s, off: off, tries: tries{policy: s.policy}}
	err := s.policy.Do(ctx, func() (err error) {
		r.body, r.object, err = s.backend.Open(ctx, key, "", off, n)
		return err
	})
	if err != nil {
		return nil, s.fail(key, err)
	}
	return r, nil
}

func (s *remote) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		after, stopped := "", false
		t := tries{policy: s.policy}
		var order error
		for !stopped {
			err := cmp.Or(ctx.Err(), s.backend.List(ctx, prefix, after, func(info store.Info) bool {
				t.succeeded()
				if info.Key <= after { // what is listed again would never end
					order = Permanent(fmt.Errorf("the server lists %q after %q", info.Key, after))
					return false
				}
				after = info.Key
				if store.CheckKey(info.Key) != nil || !strings.HasPrefix(info.Key, prefix) {
					return true // not by us
				}
				stopped = !yield(info, ctx.Err()) || ctx.Err() != nil
				return !stopped
			}))
			if stopped {
				return
			}
			if err = cmp.Or(order, err); err == nil {
				return
			}
			if err := t.wait(ctx, err); err != nil {
				yield(store.Info{}, s.fail(prefix, err))
				return
			}
		}
	}
}

// A reader reads an object, and goes on where a connection broke, with the same version.
type reader struct {
	ctx    context.Context
	remote *remote
	object Object
	tries  tries

	body     io.ReadCloser // nil if it broke
	off, end int64
	hash     hash.Hash // of what was read; nil if there is nothing to compare it with
}

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.off < r.end {
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := r.try(p[:min(int64(len(p)), r.end-r.off)])
		if n > 0 {
			r.tries.succeeded()
			r.off += int64(n)
			if r.hash != nil {
				r.hash.Write(p[:n])
			}
			return n, nil
		}
		if err == nil {
			continue
		}
		r.Close()
		if err := r.tries.wait(r.ctx, err); err != nil {
			return 0, err
		}
	}
	if r.hash != nil {
		if sum := hex.EncodeToString(r.hash.Sum(nil)); sum != r.object.SHA256 {
			return 0, fmt.Errorf("%w: SHA-256 is %s, and should be %s", store.ErrDamaged, sum, r.object.SHA256)
		}
	}
	return 0, io.EOF
}

// try reads what is next, if the connection permits it.
func (r *reader) try(p []byte) (int, error) {
	if r.body == nil {
		body, o, err := r.remote.backend.Open(r.ctx, r.object.Key, r.object.Version, r.off, r.end-r.off)
		if err != nil {
			return 0, err
		}
		if o.Version != r.object.Version {
			body.Close()
			return 0, Permanent(errors.New("it was replaced while it was read"))
		}
		r.body = body
	}
	n, err := r.body.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // there is more
	}
	return n, err
}

func (r *reader) Close() error {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
	return nil
}

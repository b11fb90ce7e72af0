package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/transfer"
)

// errAlways is the error of an update that others, or a server that gets its conditions wrong, are always ahead of.
var errAlways = errors.New("it is replaced again and again")

func (s *remote) Update(ctx context.Context, key string, f func([]byte) ([]byte, store.Change, error)) error {
	changed := tries{policy: s.policy}
	for {
		old, version, err := s.whole(ctx, key)
		if err != nil {
			return err
		}
		data, change, err := f(old)
		switch {
		case err != nil || change == store.Keep:
			return err
		case change == store.Remove:
			return s.Delete(ctx, key) // servers have no condition for that
		}
		c, err := NewContent(ctx, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return s.fail(key, err)
		}
		err = s.policy.Do(ctx, func() error { return s.backend.PutIf(ctx, key, version, c) })
		c.Close()
		// The one that came before may be the same try, whose answer was lost.
		if !errors.Is(err, ErrChanged) {
			return s.fail(key, err)
		}
		if err := changed.wait(ctx, errAlways); err != nil {
			return s.fail(key, err)
		}
	}
}

// whole reads an object and its version, which are empty if there is none.
func (s *remote) whole(ctx context.Context, key string) (data []byte, version string, err error) {
	in, _, err := s.Get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	data, err = io.ReadAll(in)
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, in.(*transfer.Object).Closer.(*reader).object.Version, err
}

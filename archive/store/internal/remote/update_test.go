package remote_test

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
)

// late is a server without objects that says of each put that another one came before.
type late struct {
	remote.Backend
	puts int
}

func (*late) Stat(context.Context, string) (remote.Object, error) {
	return remote.Object{}, fs.ErrNotExist
}

func (*late) Open(context.Context, string, string, int64, int64) (io.ReadCloser, remote.Object, error) {
	return nil, remote.Object{}, fs.ErrNotExist
}

func (s *late) PutIf(context.Context, string, string, *remote.Content) error {
	s.puts++
	return remote.ErrChanged
}

// TestUpdateEnds: a server that gets conditions wrong is not asked for ever, nor without a pause.
func TestUpdateEnds(t *testing.T) {
	server := new(late)
	s := remote.New("s3://x", server, remote.Policy{Patience: 100 * time.Millisecond, First: 10 * time.Millisecond, Most: 20 * time.Millisecond})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := s.Update(ctx, "a/b", func([]byte) ([]byte, store.Change, error) { return []byte("x"), store.Replace, nil })
	if err == nil || !strings.Contains(err.Error(), "s3://x/a/b: it is replaced again and again (given up after") {
		t.Errorf("after %d tries: %v", server.puts, err)
	}
}

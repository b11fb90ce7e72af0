package catalog

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// stuck is a store whose lists wait.
type stuck struct {
	store.Store
	listing chan struct{}
}

func (s *stuck) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		s.listing <- struct{}{}
		<-ctx.Done()
		yield(store.Info{}, ctx.Err())
	}
}

// TestWhileReading: what is found is found while somebody else waits for the index to be read again.
func TestWhileReading(t *testing.T) {
	st, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rec := index.Record{Package: index.Package{Schema: index.Schema, Name: "x"}, Entries: []index.Entry{{Kind: "vmlinux", Release: "6.1", Status: index.Done, Object: "x"}}}
	data, err := rec.Bytes()
	if err == nil {
		err = st.Put(t.Context(), index.Prefix+"x.jsonl", int64(len(data)), strings.NewReader(string(data)))
	}
	if err != nil {
		t.Fatal(err)
	}
	c := New(st)
	find := func(ctx context.Context, release string) (int, error) {
		found, err := c.Find(ctx, Query{Release: release})
		return len(found), err
	}
	if n, err := find(t.Context(), "6.1"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	c.now.Load().read = time.Now().Add(-2 * Fresh)
	slow := &stuck{st, make(chan struct{})}
	c.st = slow
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() {
		_, err := find(ctx, "6.2")
		ended <- err
	}()
	<-slow.listing
	if n, err := find(t.Context(), "6.1"); n != 1 || err != nil {
		t.Error(n, err)
	}
	impatient, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if _, err := find(impatient, "6.3"); err == nil {
		t.Error("somebody waits longer than he wants to")
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("found")
	}
}

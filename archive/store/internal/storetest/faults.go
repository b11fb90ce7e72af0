package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
)

// Impatient makes stores that are opened from now on try again soon, and give up after a time, until the test ends.
func Impatient(t *testing.T, patience time.Duration) {
	before := remote.DefaultPolicy
	t.Cleanup(func() { remote.DefaultPolicy = before })
	remote.DefaultPolicy = remote.Policy{Patience: patience, First: 10 * time.Millisecond, Most: 200 * time.Millisecond}
}

// Faults checks what a store makes of a network and a server with faults. Requests for contents are those whose path
// contains a word.
func Faults(t *testing.T, server *Server, contents string, open func(t *testing.T, address string) store.Store) {
	Impatient(t, 20*time.Second)
	ctx := t.Context()
	proxy := NewProxy(t, server.Address)
	s := open(t, proxy.Address)
	direct := open(t, server.Address)
	data := Random(200_000)
	put := func(key string, data []byte) error {
		return s.Put(ctx, key, int64(len(data)), bytes.NewReader(data))
	}
	if err := put("there", data); err != nil {
		t.Fatal(err)
	}

	method := func(name string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Method == name }
	}
	all := func(*http.Request) bool { return true }
	body := func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, contents)
	}

	t.Run("passing", func(t *testing.T) {
		for i, c := range []struct {
			name  string
			meant func(*http.Request) bool
			fault Fault
		}{
			{"503", all, Status(http.StatusServiceUnavailable)},
			{"429", all, Status(http.StatusTooManyRequests)},
			{"500", method(http.MethodPut), Status(http.StatusInternalServerError)},
			{"504 for HEAD", method(http.MethodHead), Status(http.StatusGatewayTimeout)},
			{"reset", all, Reset},
			{"reset puts", method(http.MethodPut), Reset},
			{"lost answers", method(http.MethodPut), Lost},
			{"lost answers of all changes", func(r *http.Request) bool { return r.Method == http.MethodPut || r.Method == http.MethodPost }, Lost},
			{"half", body, Half},
			{"slow", body, Slow},
		} {
			t.Run(c.name, func(t *testing.T) {
				var hits int64
				again := func() {
					hits += proxy.Hits.Load()
					proxy.Some(3, c.meant, c.fault)
				}
				key, data := fmt.Sprintf("passing/%d", i), Random(200_001+i) // not there yet
				again()
				if err := put(key, data); err != nil {
					t.Fatal(err)
				}
				Holds(t, direct, key, data)
				again()
				Holds(t, s, key, data)
				again()
				if got, err := ReadRange(ctx, s, key, 1000, 150_000); err != nil || !bytes.Equal(got, data[1000:151_000]) {
					t.Errorf("range: %d bytes, %v", len(got), err)
				}
				again()
				if got := Keys(t, s, key); len(got) != 1 || got[0] != key {
					t.Errorf("list: %q", got)
				}
				again()
				if err := s.Delete(ctx, key); err != nil {
					t.Error(err)
				}
				if hits += proxy.Hits.Load(); hits == 0 {
					t.Error("it never happened")
				}
				proxy.Set(nil)
				Absent(t, direct, key)
			})
		}
	})

	t.Run("changed", func(t *testing.T) {
		proxy.Some(1, body, Flipped)
		if got, err := Read(ctx, s, "there"); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if proxy.Hits.Load() == 0 {
			t.Error("it never happened")
		}
		proxy.Set(nil)
		Holds(t, s, "there", data)
	})

	t.Run("refused", func(t *testing.T) {
		for _, status := range []int{http.StatusForbidden, http.StatusBadRequest, http.StatusNotImplemented} {
			proxy.Some(1000, all, Status(status))
			if err := put("refused", data); err == nil || !strings.Contains(err.Error(), "refused") || proxy.Hits.Load() > 4 {
				t.Errorf("%d: after %d requests: %v", status, proxy.Hits.Load(), err)
			}
		}
		proxy.Set(nil)
		Absent(t, s, "refused")
	})

	// What is gone for good is an error that says so, and not that there is nothing.
	t.Run("gone", func(t *testing.T) {
		Impatient(t, 500*time.Millisecond)
		s := open(t, proxy.Address)
		proxy.Set(Reset)
		defer proxy.Set(nil)
		_, statErr := s.Stat(ctx, "there")
		_, _, getErr := s.Get(ctx, "there")
		_, rangeErr := s.GetRange(ctx, "there", 0, 1)
		var listErr error
		for _, listErr = range s.List(ctx, "th") {
			break
		}
		for name, err := range map[string]error{
			"stat": statErr, "get": getErr, "range": rangeErr, "list": listErr,
			"put": s.Put(ctx, "there", 1, strings.NewReader("x")), "delete": s.Delete(ctx, "there"),
		} {
			if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "given up after") || !strings.Contains(err.Error(), "/th") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})

	// A context ends what would be tried again.
	t.Run("canceled", func(t *testing.T) {
		proxy.Set(Reset)
		defer proxy.Set(nil)
		ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if _, err := s.Stat(ctx, "there"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})

	t.Run("killed while it is written", func(t *testing.T) {
		large := Random(6 << 20)
		killed := make(chan struct{})
		var started bool
		proxy.Set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut && !started {
				started = true
				r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 1<<20), onRead(func() {
					server.Kill()
					close(killed)
				})))
			}
			next.ServeHTTP(w, r)
		})
		go func() {
			<-killed
			time.Sleep(300 * time.Millisecond)
			server.Start()
		}()
		if err := s.Put(ctx, "killed/large", int64(len(large)), bytes.NewReader(large)); err != nil {
			t.Fatal(err)
		}
		proxy.Set(nil)
		Holds(t, direct, "killed/large", large)
		Holds(t, direct, "there", data)
		if got := Keys(t, direct, "killed"); len(got) != 1 {
			t.Errorf("listed: %q", got)
		}
	})

	// A writer that is killed is one that is never heard of again.
	t.Run("writer killed", func(t *testing.T) {
		large := Random(6 << 20)
		short, cancel := context.WithCancel(ctx)
		proxy.Set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut {
				r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 1<<20), onRead(cancel), iterr{}))
			}
			next.ServeHTTP(w, r)
		})
		defer proxy.Set(nil)
		if err := s.Put(short, "half/new", int64(len(large)), bytes.NewReader(large)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		Absent(t, direct, "half/new")
		if got := Keys(t, direct, "half"); len(got) != 0 {
			t.Errorf("listed: %q", got)
		}
	})

	t.Run("killed while it is read", func(t *testing.T) {
		large := Random(6 << 20)
		if err := direct.Put(ctx, "read/large", int64(len(large)), bytes.NewReader(large)); err != nil {
			t.Fatal(err)
		}
		r, _, err := s.Get(ctx, "read/large")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		head := make([]byte, 1<<20)
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		server.Kill()
		server.Start()
		tail, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(append(head, tail...), large) {
			t.Errorf("%d bytes after the first: %v", len(tail), err)
		}
	})

	// What is read may be replaced; the reader gets one or the other, or an error.
	t.Run("replaced while it is read", func(t *testing.T) {
		old, young := Random(3<<20), Random(3<<20+1)
		if err := direct.Put(ctx, "replaced", int64(len(old)), bytes.NewReader(old)); err != nil {
			t.Fatal(err)
		}
		proxy.Some(1, body, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			answer := record(r, next)
			if err := direct.Put(ctx, "replaced", int64(len(young)), bytes.NewReader(young)); err != nil {
				t.Error(err)
			}
			send(w, answer, answer.Body.Bytes()[:1<<20])
			panic(http.ErrAbortHandler)
		})
		defer proxy.Set(nil)
		if got, err := Read(ctx, s, "replaced"); err == nil && !bytes.Equal(got, old) {
			t.Errorf("%d bytes of neither", len(got))
		}
		Holds(t, direct, "replaced", young)
	})
}

// onRead calls a function when it is read, and has nothing.
type onRead func()

func (f onRead) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// iterr fails when it is read.
type iterr struct{}

func (iterr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

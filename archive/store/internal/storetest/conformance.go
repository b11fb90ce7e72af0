// Package storetest checks that stores keep what the interface promises. It is for tests only.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/gopahole/gopahole/archive/store"
)

// Test checks what every store promises. The store is empty; reopen opens it again, as another worker would. atomic says
// that no update is lost when several come at the same time.
func Test(t *testing.T, atomic bool, reopen func(t *testing.T) store.Store) {
	ctx := t.Context()
	s := reopen(t)

	t.Run("empty", func(t *testing.T) {
		if got := Keys(t, s, ""); len(got) != 0 {
			t.Errorf("an empty store lists %q", got)
		}
		Absent(t, s, "a")
		Absent(t, s, "a/b")
		if err := s.Delete(ctx, "a/b"); err != nil {
			t.Errorf("nothing deleted: %v", err)
		}
	})

	objects := map[string][]byte{
		"empty":   {},
		"a.b":     []byte("before a/"),
		"a/x":     []byte("x"),
		"a/x.y/z": []byte("z"),
		"a/x-y":   []byte("-"),
		"a0":      []byte("after a/"),
		"ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz":       Random(300_000),
		"debian/12/x86_64/6.1.0-18-amd64+x~y:z.failed":          []byte("why"),
		"blobs/sha256/" + strings.Repeat("0123456789abcdef", 4): Random(70_000),
		"with space/%41/ümläut=&?#.txt":                         []byte("odd"),
	}
	want := slices.Sorted(func(yield func(string) bool) {
		for key := range objects {
			if !yield(key) {
				return
			}
		}
	})

	t.Run("put and get", func(t *testing.T) {
		for key, data := range objects {
			if err := s.Put(ctx, key, int64(len(data)), bytes.NewReader(data)); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
		}
		other := reopen(t)
		for key, data := range objects {
			Holds(t, other, key, data)
		}
	})

	t.Run("list", func(t *testing.T) {
		for _, prefix := range []string{"", "a", "a/", "a/x", "a/x.", "ubuntu/20.04/x", "ubuntu", "nothing", "a/x/", "with", "empty", "empty/"} {
			var expected []string
			for _, key := range want {
				if strings.HasPrefix(key, prefix) {
					expected = append(expected, key)
				}
			}
			if got := Keys(t, reopen(t), prefix); !slices.Equal(got, expected) {
				t.Errorf("%q: %q, want %q", prefix, got, expected)
			}
		}
		n := 0
		for range s.List(ctx, "") {
			if n++; n == 2 {
				break
			}
		}
		for info, err := range s.List(ctx, "") {
			if err != nil || info.Size != int64(len(objects[info.Key])) {
				t.Errorf("%+v, %v; want %d bytes", info, err, len(objects[info.Key]))
			}
		}
	})

	t.Run("ranges", func(t *testing.T) {
		const key = "ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz"
		data := objects[key]
		size := int64(len(data))
		for _, r := range [][2]int64{{0, 1}, {0, size}, {1, size - 1}, {size - 1, 1}, {100_000, 100_000}, {5, 0}, {size, 0}} {
			got, err := ReadRange(ctx, s, key, r[0], r[1])
			if err != nil || !bytes.Equal(got, data[r[0]:r[0]+r[1]]) {
				t.Errorf("%d bytes from %d: %d bytes, %v", r[1], r[0], len(got), err)
			}
		}
		for _, r := range [][2]int64{{0, size + 1}, {size - 1, 2}, {size, 1}, {size + 10, 1}} {
			if got, err := ReadRange(ctx, s, key, r[0], r[1]); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d bytes from %d, past the end: %d bytes, %v", r[1], r[0], len(got), err)
			}
		}
		for _, r := range [][2]int64{{-1, 1}, {0, -1}} {
			if _, err := ReadRange(ctx, s, key, r[0], r[1]); err == nil {
				t.Errorf("%d bytes from %d: no error", r[1], r[0])
			}
		}
		if _, err := ReadRange(ctx, s, "absent", 0, 1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("range of nothing: %v", err)
		}
	})

	t.Run("replace", func(t *testing.T) {
		for _, data := range [][]byte{Random(1000), []byte("short"), {}, Random(400_000)} {
			if err := s.Put(ctx, "replaced", int64(len(data)), bytes.NewReader(data)); err != nil {
				t.Fatal(err)
			}
			Holds(t, reopen(t), "replaced", data)
		}
	})

	t.Run("all or nothing", func(t *testing.T) {
		old := Random(500)
		if err := s.Put(ctx, "whole", int64(len(old)), bytes.NewReader(old)); err != nil {
			t.Fatal(err)
		}
		broken := errors.New("the source broke")
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		for name, put := range map[string]func(key string) error{
			"fewer bytes": func(key string) error { return s.Put(ctx, key, 1000, bytes.NewReader(Random(999))) },
			"more bytes":  func(key string) error { return s.Put(ctx, key, 1000, bytes.NewReader(Random(1001))) },
			"none":        func(key string) error { return s.Put(ctx, key, 1000, strings.NewReader("")) },
			"some for 0":  func(key string) error { return s.Put(ctx, key, 0, strings.NewReader("x")) },
			"negative":    func(key string) error { return s.Put(ctx, key, -1, strings.NewReader("x")) },
			"an error": func(key string) error {
				err := s.Put(ctx, key, 100_000, io.MultiReader(bytes.NewReader(Random(90_000)), iotest.ErrReader(broken)))
				if !errors.Is(err, broken) {
					return nil
				}
				return err
			},
			"canceled": func(key string) error {
				err := s.Put(canceled, key, 10, bytes.NewReader(Random(10)))
				if !errors.Is(err, context.Canceled) {
					return nil
				}
				return err
			},
		} {
			if err := put("whole"); err == nil || !strings.Contains(err.Error(), "whole") {
				t.Errorf("%s: the error is %v", name, err)
			}
			if err := put("new/half"); err == nil {
				t.Errorf("%s: no error", name)
			}
			Absent(t, s, "new/half")
			Holds(t, s, "whole", old)
		}
		if got := Keys(t, s, "new"); len(got) != 0 {
			t.Errorf("left: %q", got)
		}
	})

	t.Run("keys", func(t *testing.T) {
		for _, key := range BadKeys {
			var bad *store.KeyError
			if err := s.Put(ctx, key, 1, strings.NewReader("x")); !errors.As(err, &bad) {
				t.Errorf("put %q: %v", key, err)
			}
			if _, _, err := s.Get(ctx, key); !errors.As(err, &bad) {
				t.Errorf("get %q: %v", key, err)
			}
			if _, err := s.GetRange(ctx, key, 0, 1); !errors.As(err, &bad) {
				t.Errorf("range of %q: %v", key, err)
			}
			if _, err := s.Stat(ctx, key); !errors.As(err, &bad) {
				t.Errorf("stat %q: %v", key, err)
			}
			if err := s.Delete(ctx, key); !errors.As(err, &bad) {
				t.Errorf("delete %q: %v", key, err)
			}
		}
	})

	t.Run("delete", func(t *testing.T) {
		for _, key := range []string{"a/x", "empty", "a/x"} {
			if err := s.Delete(ctx, key); err != nil {
				t.Errorf("%s: %v", key, err)
			}
			Absent(t, reopen(t), key)
		}
		if err := s.Delete(ctx, "a"); err != nil {
			t.Errorf("a, which is no object: %v", err)
		}
		Holds(t, s, "a/x-y", objects["a/x-y"])
	})

	t.Run("update", func(t *testing.T) {
		set := func(data string, c store.Change, want string) {
			t.Helper()
			err := s.Update(ctx, "updated/x", func(old []byte) ([]byte, store.Change, error) {
				if string(old) != want || (old == nil) != (want == "") {
					t.Errorf("there is %q, want %q", old, want)
				}
				return []byte(data), c, nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		set("not this", store.Keep, "")
		set("", store.Remove, "")
		Absent(t, s, "updated/x")
		set("one", store.Replace, "")
		set("not this", store.Keep, "one")
		set("two", store.Replace, "one")
		Holds(t, reopen(t), "updated/x", []byte("two"))
		if got := Keys(t, s, "updated"); len(got) != 1 {
			t.Errorf("left: %q", got)
		}
		broken := errors.New("the function broke")
		if err := s.Update(ctx, "updated/x", func([]byte) ([]byte, store.Change, error) { return nil, store.Replace, broken }); !errors.Is(err, broken) {
			t.Error(err)
		}
		set("", store.Remove, "two")
		Absent(t, reopen(t), "updated/x")
		large := Random(700_000)
		set(string(large), store.Replace, "")
		Holds(t, s, "updated/x", large)
		if err := s.Update(ctx, "../x", func([]byte) ([]byte, store.Change, error) { return nil, store.Keep, nil }); !errors.As(err, new(*store.KeyError)) {
			t.Error(err)
		}
	})

	t.Run("updates at the same time", func(t *testing.T) {
		if !atomic {
			t.Skip("this store has no conditions")
		}
		const workers, each = 4, 10
		var wait sync.WaitGroup
		for range workers {
			worker := reopen(t)
			wait.Go(func() {
				for range each {
					err := worker.Update(ctx, "updated/counter", func(old []byte) ([]byte, store.Change, error) {
						return append(old, '+'), store.Replace, nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		Holds(t, s, "updated/counter", bytes.Repeat([]byte("+"), workers*each))
	})

	// Workers that do the same work put the same bytes, and readers see all of them or nothing.
	t.Run("at the same time", func(t *testing.T) {
		contents := make([][]byte, 8)
		for i := range contents {
			contents[i] = Random(50_000 + i)
		}
		var wait sync.WaitGroup
		for range 4 {
			worker := reopen(t)
			wait.Go(func() {
				for i, data := range contents {
					if err := worker.Put(ctx, fmt.Sprint("same/", i), int64(len(data)), bytes.NewReader(data)); err != nil {
						t.Errorf("put %d: %v", i, err)
					}
				}
			})
			wait.Go(func() {
				for i, data := range contents {
					got, err := Read(ctx, worker, fmt.Sprint("same/", i))
					if !errors.Is(err, fs.ErrNotExist) && (err != nil || !bytes.Equal(got, data)) {
						t.Errorf("get %d: %d bytes, %v", i, len(got), err)
					}
				}
			})
		}
		wait.Wait()
		for i, data := range contents {
			Holds(t, s, fmt.Sprint("same/", i), data)
		}
	})
}

// BadKeys are strings that are no keys.
var BadKeys = []string{
	"", ".", "..", "../a", "a/../b", "a/..", "/a", "/", "a/", "a//b", "./a", "a/.", "a\\b", "a\nb", "a\x00b", "\xff", "a\x7f",
	"\ufffd", "\u0085", ".a.gopahole-0123456789ab", "a/.b.gopahole-0123456789ab/c", strings.Repeat("x", 231),
	strings.Repeat("x/", 400) + "y",
}

// Random returns n bytes, which are always the same.
func Random(n int) []byte {
	var seed [32]byte
	seed[0], seed[1], seed[2] = byte(n), byte(n>>8), byte(n>>16)
	data := make([]byte, n)
	rand.NewChaCha8(seed).Read(data)
	return data
}

// Keys returns the keys that begin with a prefix.
func Keys(t *testing.T, s store.Store, prefix string) (keys []string) {
	t.Helper()
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

// Read returns the contents of an object.
func Read(ctx context.Context, s store.Store, key string) ([]byte, error) {
	r, info, err := s.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err == nil && (info.Size != int64(len(data)) || info.Key != key) {
		err = fmt.Errorf("%d bytes, described as %+v", len(data), info)
	}
	return data, err
}

// ReadRange returns n bytes of an object.
func ReadRange(ctx context.Context, s store.Store, key string, off, n int64) ([]byte, error) {
	r, err := s.GetRange(ctx, key, off, n)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Holds checks the contents and the description of an object.
func Holds(t *testing.T, s store.Store, key string, want []byte) {
	t.Helper()
	got, err := Read(t.Context(), s, key)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d; %v", key, len(got), len(want), err)
	}
	info, err := s.Stat(t.Context(), key)
	if err != nil || info.Key != key || info.Size != int64(len(want)) {
		t.Errorf("%s: %+v, %v", key, info, err)
	}
}

// Absent checks that there is nothing under a key.
func Absent(t *testing.T, s store.Store, key string) {
	t.Helper()
	if data, err := Read(t.Context(), s, key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %d bytes, %v; want nothing", key, len(data), err)
	}
	if info, err := s.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %+v, %v; want nothing", key, info, err)
	}
}

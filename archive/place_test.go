package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/packtest"
)

// rivals are two packages with different kernels of one release, each with modules or not.
func rivals(t *testing.T, oneModules, twoModules int) (one, two []source.Input) {
	files := kernelFiles(t)
	other := kernelFiles(t)
	other[0].Data = bytes.ReplaceAll(file(t, "guide/vmlinux-6.13"), []byte("6.13.0-example"), []byte("6.12.0-example"))
	return write(t, map[string][]byte{"one.deb": packtest.Deb(debianMeta("one"), "", files[:1+oneModules]...)}),
		write(t, map[string][]byte{"two.deb": packtest.Deb(debianMeta("two"), "", other[:1+twoModules]...)})
}

// A turnstile lets one of two programs at a time do something with a store, in an order that a seed says.
type turnstile struct {
	mu   sync.Mutex
	wait []chan struct{} // of those who are at it
	left int             // who have not ended
	rand *rand.Rand
}

// pass returns when it is one's turn.
func (s *turnstile) pass() {
	turn := make(chan struct{})
	s.mu.Lock()
	s.wait = append(s.wait, turn)
	s.admit()
	s.mu.Unlock()
	<-turn
}

// admit lets one in, if all are there. s.mu is held.
func (s *turnstile) admit() {
	if len(s.wait) < s.left || len(s.wait) == 0 {
		return
	}
	i := s.rand.IntN(len(s.wait))
	close(s.wait[i])
	s.wait = append(s.wait[:i], s.wait[i+1:]...)
}

func (s *turnstile) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left--
	s.admit()
}

// A turning store is one of a program that takes turns. Its Update is that of a server: it reads, and puts if nothing has
// changed since.
type turning struct {
	store.Store
	at *turnstile
	n  int // changes that are left before the program is killed; negative for no end
}

type killed struct{}

func (k killed) Error() string { return "killed" }

func (s *turning) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	s.at.pass()
	if s.n == 0 {
		return killed{}
	}
	s.n--
	return s.Store.Put(ctx, key, size, r)
}

func (s *turning) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	s.at.pass()
	return s.Store.Get(ctx, key)
}

func (s *turning) Stat(ctx context.Context, key string) (store.Info, error) {
	s.at.pass()
	return s.Store.Stat(ctx, key)
}

func (s *turning) read(ctx context.Context, key string) []byte {
	var data []byte
	_ = s.Store.Update(ctx, key, func(old []byte) ([]byte, store.Change, error) {
		data = old
		return nil, store.Keep, nil
	})
	return data
}

func (s *turning) Update(ctx context.Context, key string, f func([]byte) ([]byte, store.Change, error)) error {
	for {
		s.at.pass()
		old := s.read(ctx, key)
		data, c, err := f(old)
		if err != nil || c == store.Keep {
			return err
		}
		s.at.pass()
		if s.n == 0 {
			return killed{}
		}
		s.n--
		if now := s.read(ctx, key); !bytes.Equal(now, old) || (now == nil) != (old == nil) {
			continue
		}
		if c == store.Remove { // S3 has no condition for that, so there a module may be lost, which status tells
			return s.Store.Delete(ctx, key)
		}
		return s.Store.Put(ctx, key, int64(len(data)), bytes.NewReader(data))
	}
}

// TestRivals: two programs that do two packages with kernels of one release at the same time leave what they would one
// after the other, in whatever order they come; if one is killed on the way, what it does when it is run again is that.
func TestRivals(t *testing.T) {
	const place = "debian/13/x86_64/" + release
	for _, modules := range [][2]int{{2, 1}, {2, 0}, {0, 2}, {0, 0}} {
		one, two := rivals(t, modules[0], modules[1])
		o := options(BTFHub)
		o.Jobs = 1
		want := undisturbed(t, append(one, two...), o)
		if again := undisturbed(t, append(two, one...), o); again != want {
			t.Fatal("the order matters")
		}
		seeds := 60
		if testing.Short() {
			seeds = 12
		}
		for seed := range seeds {
			for _, kill := range []int{-1, seed % 5} {
				dir := t.TempDir()
				at := &turnstile{left: 2, rand: rand.New(rand.NewPCG(uint64(seed), 1))}
				var wg sync.WaitGroup
				for i, inputs := range [][]source.Input{one, two} {
					st := &turning{Store: open(t, dir), at: at, n: -1}
					if i == seed%2 {
						st.n = kill
					}
					wg.Go(func() {
						defer at.leave()
						if _, err := Run(t.Context(), st, inputs, o); err != nil && kill < 0 {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				name := fmt.Sprintf("modules %v, seed %d, killed after %d", modules, seed, kill)
				if kill >= 0 {
					for _, inputs := range [][]source.Input{one, two} {
						if _, err := Run(t.Context(), open(t, dir), inputs, o); err != nil {
							t.Fatal(err)
						}
					}
				}
				if digest(t, dir) != want {
					t.Errorf("%s: another result", name)
				}
				for key := range objects(t, dir) {
					if strings.HasPrefix(key, place) && strings.HasSuffix(key, failedSuffix) {
						t.Errorf("%s: %s", name, key)
					}
				}
			}
		}
	}
}

// TestProcesses: the same with the locks of a directory.
func TestProcesses(t *testing.T) {
	one, two := rivals(t, 2, 0)
	o := options(BTFHub)
	want := undisturbed(t, append(one, two...), o)
	for range 5 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				if _, err := Run(t.Context(), open(t, dir), [][]source.Input{one, two}[i%2], o); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if digest(t, dir) != want {
			t.Error("another result")
		}
	}
}

// TestDamagedPlace: what is no archive of a kernel does not keep its place, however great it is.
func TestDamagedPlace(t *testing.T) {
	one, _ := rivals(t, 0, 0)
	o := options(BTFHub)
	dir := t.TempDir()
	if _, err := Run(t.Context(), open(t, dir), one, o); err != nil {
		t.Fatal(err)
	}
	want := digest(t, dir)
	name := filepath.Join(dir, "debian/13/x86_64/"+release+kernelSuffix)
	if err := os.WriteFile(name, bytes.Repeat([]byte{0xff}, 100), 0o644); err != nil {
		t.Fatal(err)
	}
	o.Again = true
	if _, err := Run(t.Context(), open(t, dir), one, o); err != nil || digest(t, dir) != want {
		t.Error(err)
	}
}

// TestFailedBeside: a kernel that failed in one package and is in another has no marker, whichever comes first.
func TestFailedBeside(t *testing.T) {
	good := write(t, map[string][]byte{"one.deb": packtest.Deb(debianMeta("one"), "", kernelFiles(t)[:1]...)})
	cut := kernelFiles(t)[:1]
	cut[0].Data = cut[0].Data[:len(cut[0].Data)/2]
	bad := write(t, map[string][]byte{"two.deb": packtest.Deb(debianMeta("linux-image-"+release+"-dbg"), "", cut...)})
	var digests []string
	for _, inputs := range [][]source.Input{append(good[:1:1], bad...), append(bad[:1:1], good...)} {
		dir := t.TempDir()
		for _, in := range inputs {
			if _, err := Run(t.Context(), open(t, dir), []source.Input{in}, options(BTFHub)); err != nil {
				t.Fatal(err)
			}
		}
		digests = append(digests, digest(t, dir))
		for key := range objects(t, dir) {
			if strings.HasSuffix(key, failedSuffix) {
				t.Error(key)
			}
		}
	}
	if digests[0] != digests[1] {
		t.Error("the order matters")
	}
}

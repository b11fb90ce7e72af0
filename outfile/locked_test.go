package outfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/filetest"
)

// TestLocked: nobody is inside at the same time, the error is that of the function, and nothing is left.
func TestLocked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no locks")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "object")
	// A program that was killed has left its lock.
	if err := os.WriteFile(filepath.Join(dir, lockName("object")), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	inside, n := false, 0
	for range 8 {
		wg.Go(func() {
			for range 20 {
				err := Locked(t.Context(), path, func() error {
					if inside {
						t.Error("two are inside")
					}
					inside = true
					n++
					inside = false
					return errHalf
				})
				if !errors.Is(err, errHalf) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n != 160 {
		t.Errorf("%d calls", n)
	}
	filetest.CheckAlone(t, dir)
	// Who waits can be told to stop, and nothing takes the lock of who is inside for a left one.
	err := Locked(t.Context(), path, func() error {
		sweep(dir)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		return Locked(ctx, path, func() error { return errors.New("inside") })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if !IsTemp(lockName("object")) {
		t.Error("the lock is no temporary file")
	}
}

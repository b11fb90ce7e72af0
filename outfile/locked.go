package outfile

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// handedOn counts what has been inside. To Go's memory model a lock of the kernel is nothing: by this, whoever is inside
// sees what those before have written, if they are in the same process.
var handedOn atomic.Uint64

// Locked calls f while nobody else, here or in another program, is in a Locked of the same path, and returns its error.
// The lock is one of flock(2) on a file beside the path, which is gone afterwards; what a killed program leaves is
// unlocked, and removed with its temporary files. The directory has to be there. Systems without such locks lock nothing.
func Locked(ctx context.Context, path string, f func() error) error {
	dir, base := filepath.Split(path)
	path = dir + lockName(base)
	beforeName()
	for {
		l, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return err
		}
		// Whoever had it before may have removed it since.
		if lock(l) && stillAt(path, l) {
			handedOn.Load()
			err := f()
			handedOn.Add(1)
			os.Remove(path)
			l.Close()
			return err
		}
		l.Close()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

package outfile

import "sync"

// commits keeps what must not be cut in two, such as link and rename, apart from
// the end of the program.
var commits struct {
	sync.RWMutex // read: something is put in place; written: nothing is from now on

	mu    sync.Mutex
	named map[*temp]struct{} // temps with a name
	done  int                // files put in place
}

// Abandon is for a program that is about to exit, whatever its goroutines do. It
// waits for files that are being put in place, keeps others from it for ever, and
// removes temporary files. It returns how many files this process has put in place.
func Abandon() (written int) {
	commits.Lock() // for ever
	commits.mu.Lock()
	defer commits.mu.Unlock()
	for t := range commits.named {
		t.remove()
	}
	return commits.done
}

// commit runs what puts something in place.
func commit(f func() error) error {
	commits.RLock()
	defer commits.RUnlock()
	return f()
}

// count counts a file that was put in place.
func count() {
	commits.mu.Lock()
	commits.done++
	commits.mu.Unlock()
}

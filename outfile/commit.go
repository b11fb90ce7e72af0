package outfile

import (
	"sync"
	"sync/atomic"
)

// commits keeps the program from ending in the middle of what must not be cut in two, such
// as link and rename.
var commits struct {
	sync.RWMutex // read-locked while something is put in place, locked by Abandon

	mu    sync.Mutex
	named map[*temp]struct{} // temps with a name
	done  int                // files put in place

	before atomic.Pointer[func()]
}

// BeforeName has f called each time before a file gets a name, temporary or its own, or is written
// over, by any goroutine. A program that is killed before the first call leaves nothing: it need not
// catch signals until then, and [Abandon] would find nothing to do.
func BeforeName(f func()) { commits.before.Store(&f) }

func beforeName() {
	if f := commits.before.Load(); f != nil {
		(*f)()
	}
}

// Abandon is for a program that is about to exit while its goroutines still work, as after
// a signal. It waits for files that are being put in place, lets no other be put in place
// any more, and removes temporary files. It returns how many files this process has put in
// place. All other functions that write wait for ever after it.
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
	beforeName()
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

package tuning

import (
	"reflect"
	"sync"

	"golang.org/x/sys/unix"
)

// given says that the system may give huge pages.
const given = true

const (
	// least is the size of a slice, in bytes, from which on the advice pays.
	least = 16 << 10

	// step is what Go's heap grows by (runtime: pallocChunkBytes), aligned to itself.
	step = 4 << 20
)

// advise asks for huge pages for a slice of n bytes and the memory around it. Where the slice
// begins in a step that nobody has asked for before, pages of 4 KB may have been touched, which
// rules out a huge page. That one is put together from them, also where the system gives none to
// those who ask (madvise(2): MADV_COLLAPSE is independent of the settings). That costs every
// processor something each time (Linux: lru_add_drain_all). Errors do not matter: a part may belong
// to the heap that is to come, and a page may be a huge one already.
//
// Memory is used again for other slices, and nothing is asked twice for it.
func advise(addr, n uintptr) {
	if n < least || heap.has(addr, n) {
		return
	}
	if asked.ask(addr&^(step-1), (addr+n+step-1)&^(step-1)) && addr&(size-1) != 0 {
		unix.Syscall(unix.SYS_MADVISE, addr&^(size-1), size, unix.MADV_COLLAPSE)
	}
}

// adviseSparse asks for pages of 4 KB for n bytes.
func adviseSparse(addr, n uintptr) {
	advise(addr, n) // or a slice that is made later in the same step would ask for huge ones
	unix.Syscall(unix.SYS_MADVISE, addr, n, unix.MADV_NOHUGEPAGE)
}

// skipTouched has the heap go on where nobody has touched anything, with huge pages: it begins
// anywhere in a step, and the runtime and the packages have filled a part of that. What is passed
// over, less than two steps, is never touched, and comes back with the first collection. It returns
// the address of a step with huge pages.
func skipTouched() uintptr {
	const next = 128 << 10 // so much is not in a cache of a processor (runtime: pageCachePages / 4)
	at := reflect.ValueOf(make([]byte, next)).Pointer()
	passed = make([]byte, at&^(step-1)+step-at)
	end := (reflect.ValueOf(passed).Pointer() + uintptr(len(passed))) &^ (step - 1)
	passed = nil
	asked.ask(at&^(step-1), end+step)
	return end
}

var passed []byte // in the heap

// asked are the steps that were asked for so far.
var asked steps

type steps struct {
	mu  sync.Mutex
	all map[uintptr]bool // by address
}

// ask asks for huge pages for those steps that nobody has asked for, and reports whether the first
// one is among them.
func (s *steps) ask(from, to uintptr) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = make(map[uintptr]bool)
	}
	first = !s.all[from]
	for at := from; at < to; at += step {
		end := at
		for ; end < to && !s.all[end]; end += step {
			s.all[end] = true
		}
		if end > at {
			unix.RawSyscall(unix.SYS_MADVISE, at, end-at, unix.MADV_HUGEPAGE)
		}
		at = end
	}
	return first
}

// populate has the kernel hand out memory, which keeps its contents. Errors do not matter:
// kernels before 5.14 do not know this. Go's scheduler is not told, as it would give the
// processor to somebody else.
func populate(addr, n uintptr) {
	unix.RawSyscall(unix.SYS_MADVISE, addr, n, unix.MADV_POPULATE_WRITE)
}

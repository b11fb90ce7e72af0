package tuning

import (
	"sync"

	"golang.org/x/sys/unix"
)

// given says that the system may give huge pages.
const given = true

const (
	// least is the size of a slice, in bytes, from which on the advice pays.
	least = 16 << 10

	// step is what Go's heap grows by (runtime: pallocChunkBytes), aligned to
	// itself. The advice is for all of it, as what is made next will be there.
	step = 4 << 20
)

// advise asks for huge pages for a slice of n bytes and the memory around it. Where the slice
// begins, pages of 4 KB may have been touched before, which rules out a huge page. That one
// is put together from them, also where the system gives none to those who ask (madvise(2):
// MADV_COLLAPSE is independent of the settings). Errors do not matter: a part may belong to
// the heap that is to come, and a page may be a huge one already.
//
// Memory is used again for other slices, and nothing is asked twice for it.
func advise(addr, n uintptr) {
	if n < least || heap.has(addr, n) {
		return
	}
	from, to := addr&^(step-1), (addr+n+step-1)&^(step-1)
	block := addr &^ (size - 1)
	asked.mu.Lock()
	defer asked.mu.Unlock()
	for at := from; at < to; at += step {
		if asked.steps[at] {
			continue
		}
		end := at
		for ; end < to && !asked.steps[end]; end += step {
			asked.steps[end] = true
		}
		unix.RawSyscall(unix.SYS_MADVISE, at, end-at, unix.MADV_HUGEPAGE)
		at = end - step
	}
	if !asked.blocks[block] {
		asked.blocks[block] = true
		unix.Syscall(unix.SYS_MADVISE, block, size, unix.MADV_COLLAPSE)
	}
}

// asked is what was asked for so far, by address: steps are in huge pages, and blocks were put
// together. That costs every processor something each time (Linux: lru_add_drain_all).
var asked = struct {
	mu            sync.Mutex
	steps, blocks map[uintptr]bool
}{steps: make(map[uintptr]bool), blocks: make(map[uintptr]bool)}

// populate has the kernel hand out memory, which keeps its contents. Errors do not matter:
// kernels before 5.14 do not know this. Go's scheduler is not told, as it would give the
// processor to somebody else.
func populate(addr, n uintptr) {
	unix.RawSyscall(unix.SYS_MADVISE, addr, n, unix.MADV_POPULATE_WRITE)
}

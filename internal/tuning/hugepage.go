package tuning

import (
	"context"
	"reflect"
	"runtime"
	"sync/atomic"
)

// Huge pages: the kernel hands out memory page by page, when it is first touched. Each page of
// 4 KB is a trip into the kernel, of half a microsecond on bare metal and of many in some
// virtual machines. A process that encodes one small module touched 2,800 pages, which took
// half of its time. As huge pages of 2 MB, the same memory is ten.
//
// Most systems give huge pages only to those who ask (madvise(2), MADV_HUGEPAGE), and Go's
// runtime does not ask. So the command asks for its large slices. It is advice about memory,
// which changes no contents; without huge pages, or on other systems, nothing happens. What
// the heap has in these places later gets huge pages, too: a program that runs for long may
// hold more memory.

// hugePages asks for huge pages for the next n bytes that Go's heap grows by, whatever they
// are used for. It collects garbage.
//
// It returns a function that has the kernel hand out the first of these bytes before
// they are used, so many of them. It may be called from another goroutine, and ends
// early when the context does.
func hugePages(n int) (touch func(ctx context.Context, first int)) {
	if !given {
		return func(context.Context, int) {}
	}
	addr := reflect.ValueOf(make([]byte, 0, n)).Pointer()
	advise(addr, uintptr(n))
	heap.from.Store(addr)
	heap.to.Store(addr + uintptr(n))
	runtime.GC() // the bytes are free, and what comes next is put there
	return func(ctx context.Context, first int) {
		for page := (addr + size - 1) &^ (size - 1); page+size <= addr+uintptr(min(first, n)) && ctx.Err() == nil; page += size {
			populate(page, size)
		}
	}
}

// heap is the range of addresses that hugePages has asked for, so that nobody needs to ask
// again.
var heap addresses

type addresses struct{ from, to atomic.Uintptr }

func (a *addresses) has(addr, n uintptr) bool { return addr >= a.from.Load() && addr+n <= a.to.Load() }

// size is that of a huge page where pages have 4 KB.
const size = 2 << 20

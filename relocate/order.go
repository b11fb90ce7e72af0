package relocate

import (
	"cmp"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// Which error a kernel gives depends on the order in which it compares. It
// goes through the target by ID, and for each type through the distilled ones
// of its name in the order of a table sorted by name and size, the largest
// first. Types equal in both are where the kernel's sort leaves them.

// sortedTable returns the distilled IDs in the order of that table. Void, 0, is
// in it too.
func (c *checker) sortedTable() []btf.ID {
	ids := make([]btf.ID, c.first)
	names := make([]string, c.first)
	sizes := make([]uint32, c.first)
	for i := range ids {
		ids[i] = btf.ID(i)
		if i > 0 {
			names[i] = c.distilled.Name(btf.ID(i))
			sizes[i] = keySize(c.distilled.Record(btf.ID(i)))
		}
	}
	kernelSort(ids, func(a, b btf.ID) int {
		return cmp.Or(strings.Compare(names[a], names[b]), cmp.Compare(sizes[b], sizes[a]))
	})
	return ids
}

// kernelSort sorts as the kernel does (lib/sort.c in Linux 6.12 and 7.2, which
// is not stable): a heapsort that takes the two largest elements from the heap
// at a time, and lets an element sink by looking for the leaf below it first.
func kernelSort[T any](s []T, compare func(a, b T) int) {
	for root := len(s)/2 - 1; root >= 0; root-- {
		sink(s, root, compare)
	}
	n := len(s)
	for n > 3 {
		n--
		s[0], s[n] = s[n], s[0]
		second := 1 // the larger child of the old root
		if compare(s[1], s[2]) <= 0 {
			second = 2
		}
		n--
		s[second], s[n] = s[n], s[second]
		sink(s[:n], second, compare)
		sink(s[:n], 0, compare)
	}
	if n > 1 {
		n--
		s[0], s[n] = s[n], s[0]
		if n == 2 && compare(s[0], s[1]) > 0 {
			s[0], s[1] = s[1], s[0]
		}
	}
}

// sink moves the element at root down to its place in the heap.
func sink[T any](heap []T, root int, compare func(a, b T) int) {
	at := root
	for 2*at+2 < len(heap) {
		left := 2*at + 1
		if compare(heap[left], heap[left+1]) > 0 {
			at = left
		} else {
			at = left + 1
		}
	}
	if 2*at+2 == len(heap) { // a leaf without a sibling
		at = 2*at + 1
	}
	for at != root && compare(heap[root], heap[at]) >= 0 {
		at = (at - 1) / 2
	}
	// Everything between moves up by one.
	for place := at; at != root; {
		at = (at - 1) / 2
		heap[at], heap[place] = heap[place], heap[at]
	}
}

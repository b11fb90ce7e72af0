package memory

import "testing"

// Tables of a Sparse are empty, have the size that was asked for, and do not overlap, with a
// program that wants to know of the memory and without.
func TestSparse(t *testing.T) {
	defer onSparse.Store(nil)
	type entry [3]uint32
	for _, hook := range []bool{false, true} {
		var addr, n uintptr
		if hook {
			OnSparse(func(a, size uintptr) { addr, n = a, size })
		}
		s := NewSparse(SparseSize[uint32](5) + SparseSize[entry](3) + SparseSize[uint64](7))
		words, entries, numbers := MakeSparse[uint32](s, 2, 5), MakeSparse[entry](s, 3, 3), MakeSparse[uint64](s, 0, 7)
		if len(words) != 2 || cap(words) != 5 || len(entries) != 3 || cap(entries) != 3 || len(numbers) != 0 || cap(numbers) != 7 {
			t.Fatalf("lengths %d, %d, %d, room for %d, %d, %d", len(words), len(entries), len(numbers), cap(words), cap(entries), cap(numbers))
		}
		words, numbers = words[:5], numbers[:7]
		for i := range words {
			words[i]--
		}
		if entries[0] != (entry{}) {
			t.Error("tables overlap")
		}
		for i := range entries {
			entries[i][2]--
		}
		for i, v := range numbers {
			if v != 0 {
				t.Errorf("number %d is %#x", i, v)
			}
		}
		if hook && (n != Block || addr%Block != 0) {
			t.Errorf("told of %d bytes at %#x", n, addr)
		}
	}
}

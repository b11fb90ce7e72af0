package main

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
)

// A turn is the result of a file.
type turn int

func (turn) fate() fate { return fateGood }

// TestInOrder: results come in the order of the files, and what is looked at together fits into
// memory.
func TestInOrder(t *testing.T) {
	var files []operand
	for i := range 200 {
		files = append(files, operand{path: fmt.Sprintf("m%d.ko.xz", i), size: int64(i%7) << 20})
	}
	const jobs = 8
	room, most := roomFor(jobs, plenty)
	var used, peak atomic.Int64
	var taken []int
	err := inOrder(&command{env: func(string) (string, bool) { return "", false }}, jobs, files, func(i int, result *turn) {
		n := min(files[i].need(), most)
		now := used.Add(n)
		for p := peak.Load(); now > p && !peak.CompareAndSwap(p, now); p = peak.Load() {
		}
		*result = turn(i)
		used.Add(-n)
	}, func(i int, result *turn) error {
		if int(*result) != i {
			t.Errorf("file %d has the result of %d", i, *result)
		}
		taken = append(taken, i)
		return nil
	})
	if err != nil || len(taken) != len(files) || !slices.IsSorted(taken) {
		t.Errorf("%d results in the order %d, %v", len(taken), taken, err)
	}
	if peak.Load() > room {
		t.Errorf("files that take %d bytes were looked at together, of %d", peak.Load(), room)
	}
	stop := errors.New("stop")
	taken = nil
	err = inOrder(&command{env: func(string) (string, bool) { return "", false }}, jobs, files, func(i int, result *turn) {}, func(i int, _ *turn) error {
		if taken = append(taken, i); i == 20 {
			return stop
		}
		return nil
	})
	if err != stop || len(taken) != 21 {
		t.Errorf("%d results before the error %v", len(taken), err)
	}
}

// TestRoomLarge: a file that is larger than all memory has it alone.
func TestRoomLarge(t *testing.T) {
	r := newRoom(2, 40<<20)
	all := r.take(1 << 40)
	if all != r.most || r.left != 0 {
		t.Fatalf("%d of %d, %d left", all, r.most, r.left)
	}
	r.give(all)
	if n := r.take(10 << 20); n != 10<<20 || r.left != all-n {
		t.Errorf("%d of %d, %d left", n, all, r.left)
	}
}

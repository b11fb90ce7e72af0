package main

import (
	"errors"
	"runtime"
	"slices"
	"testing"
)

func TestInOrder(t *testing.T) {
	const n = 100
	var got []int
	err := inOrder(n, func(i int) int {
		for range i % 7 {
			runtime.Gosched()
		}
		return i * i
	}, func(i, square int) error {
		if square != i*i {
			t.Errorf("%d: %d", i, square)
		}
		got = append(got, i)
		return nil
	})
	if err != nil || len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%v, %v", got, err)
	}
	stop := errors.New("stop")
	calls := 0
	err = inOrder(n, func(i int) int { return i }, func(i, _ int) error {
		if calls++; i == 3 {
			return stop
		}
		return nil
	})
	if err != stop || calls != 4 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := inOrder(0, func(int) int { return 0 }, func(int, int) error { return stop }); err != nil {
		t.Error(err)
	}
}

package main

import (
	"context"
	"errors"
	"testing"
)

// slotsOf has a number of slots.
type slotsOf int

func (s *slotsOf) Acquire(ctx context.Context) error {
	if *s == 0 {
		<-ctx.Done()
		return errors.New("none")
	}
	*s--
	return nil
}

func (s *slotsOf) Release() { *s++ }

// What runs beside has a slot, gives it back, and is over at the end.
func TestBeside(t *testing.T) {
	for _, n := range []slotsOf{0, 1} {
		slots, begun := n, make(chan bool, 1)
		over := false
		end := beside(&slots, func(ctx context.Context) {
			begun <- slots == n-1
			<-ctx.Done()
			over = true
		})
		if n > 0 && !<-begun {
			t.Error("no slot was taken")
		}
		end()
		if over != (n > 0) || slots != n {
			t.Errorf("of %d slots %d are left; it did run: %v", n, slots, over)
		}
	}
	ran := make(chan bool)
	beside(nil, func(context.Context) { close(ran) })
	<-ran // without make there is no slot to wait for
}

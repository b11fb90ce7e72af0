package workers

import (
	"context"
	"errors"
	"testing"
)

// noSlots never has a slot, and says so at once or when nobody wants it any more.
type noSlots struct{ wait bool }

func (s noSlots) Acquire(ctx context.Context) error {
	if s.wait {
		<-ctx.Done()
	}
	return errors.New("none")
}

func (noSlots) Release() { panic("a slot that nobody had") }

// Both functions are called once, whether there is a second worker or not.
func TestBoth(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]Pool{
		"one job":          New(1, nil),
		"two jobs":         New(2, nil),
		"no slot":          New(2, noSlots{}),
		"no slot for long": New(2, noSlots{wait: true}),
	} {
		for _, ctx := range []context.Context{context.Background(), canceled} {
			var f, g int
			c.Both(ctx, func() { f++ }, func() { g++ })
			if f != 1 || g != 1 {
				t.Errorf("%s: f was called %d times, g %d times", name, f, g)
			}
		}
	}
}

// Two workers work at the same time: each waits for the other one.
func TestBothAtOnce(t *testing.T) {
	a, b := make(chan bool), make(chan bool)
	New(2, nil).Both(context.Background(),
		func() { close(a); <-b },
		func() { close(b); <-a })
}

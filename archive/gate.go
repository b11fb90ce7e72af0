package archive

import (
	"context"
	"sync"
)

// A gate lets work in as long as there is room for it, in the order of arrival.
type gate struct {
	mu    sync.Mutex
	room  int64 // bytes that are left
	size  int64
	queue []waiter
}

type waiter struct {
	n  int64
	in chan struct{}
}

func newGate(size int64) *gate { return &gate{room: size, size: size} }

// enter waits until there is room for n bytes; what is larger than the gate needs all of it.
// leave gives the room back.
func (g *gate) enter(ctx context.Context, n int64) (leave func(), err error) {
	n = min(n, g.size)
	leave = sync.OnceFunc(func() { g.leave(n) })
	g.mu.Lock()
	if len(g.queue) == 0 && n <= g.room {
		g.room -= n
		g.mu.Unlock()
		return leave, nil
	}
	w := waiter{n, make(chan struct{})}
	g.queue = append(g.queue, w)
	g.mu.Unlock()
	select {
	case <-w.in:
		return leave, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.queue {
		if g.queue[i].in == w.in {
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			g.admit()
			return nil, context.Cause(ctx)
		}
	}
	g.room += n // it was let in at the last moment
	g.admit()
	return nil, context.Cause(ctx)
}

func (g *gate) leave(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room += n
	g.admit()
}

// admit lets in who comes next, as long as there is room. g.mu is held.
func (g *gate) admit() {
	for len(g.queue) > 0 && g.queue[0].n <= g.room {
		g.room -= g.queue[0].n
		close(g.queue[0].in)
		g.queue = g.queue[1:]
	}
}

package workers

import (
	"context"
	"sync"

	"github.com/gopahole/gopahole/internal/cores"
)

// InOrder makes n results and hands them to take in the order of their numbers.
//
// Each worker calls start once, which returns the function that makes its results: it
// fills a T, which has an earlier result in it or is zero, with result i. All workers
// make results, and the one that finishes the result whose turn it is takes this one
// and those after it that are ready, while the others go on. So take is called by one
// goroutine at a time, but not always by the same one.
//
// The first error of take, or that of the context, ends the work and is returned, when
// all calls have returned.
func InOrder[T any](ctx context.Context, p Pool, n int, start func() func(i int, result *T), take func(i int, result *T) error) error {
	return InOrderOf(ctx, p, n, nil, start, take)
}

// InOrderOf is InOrder for results of different sizes, to which the time that they take is in proportion: large ones are
// begun earlier. size is nil if that is not known.
func InOrderOf[T any](ctx context.Context, p Pool, n int, size func(i int) int64, start func() func(i int, result *T), take func(i int, result *T) error) error {
	var order []int
	if size != nil {
		order = largeFirst(n, p.jobs, size)
	}
	if r := cores.From(ctx).Enter(cores.InOrder, n); r != nil {
		defer r.Leave()
		r.Order(order)
		start, take = recorded(r, start, take)
	}
	if p.jobs == 1 || n <= 1 {
		return oneByOne(ctx, n, start(), take)
	}
	q := newQueue(n, order, cores.InFlight(min(p.jobs, n)), take)
	defer context.AfterFunc(ctx, func() { q.stop(ctx.Err()) })()
	p.run(ctx, n, func() worker {
		var s *slot[T]
		produce := start()
		return worker{
			wait: func() bool { s = q.storage(); return s != nil },
			work: func() bool {
				if s.index = q.begin(); s.index < 0 {
					return false
				}
				produce(s.index, &s.result)
				q.finish(s)
				return true
			},
		}
	})
	return q.firstError()
}

// oneByOne is InOrder without goroutines.
func oneByOne[T any](ctx context.Context, n int, produce func(int, *T), take func(int, *T) error) error {
	result := new(T)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		produce(i, result)
		if err := take(i, result); err != nil {
			return err
		}
	}
	return nil
}

// queue hands out the numbers of the results to the workers, and takes the results in
// order.
type queue[T any] struct {
	take func(int, *T) error // one at a time, in order

	mu     sync.Mutex
	more   sync.Cond        // a slot is free, or there is an error
	n      int              // results
	order  []int            // in which results are begun, nil: in that of their numbers
	next   int              // how many were begun
	turn   int              // number of the result to take
	ready  map[int]*slot[T] // by number: those that wait for their turn
	free   []*slot[T]
	taking bool // a worker takes results
	err    error
}

// slot is the storage for a result.
type slot[T any] struct {
	index  int
	result T
}

func newQueue[T any](n int, order []int, slots int, take func(int, *T) error) *queue[T] {
	q := &queue[T]{n: n, order: order, take: take, ready: make(map[int]*slot[T], slots)}
	q.more.L = &q.mu
	for range slots {
		q.free = append(q.free, new(slot[T]))
	}
	return q
}

// storage waits for a free slot. It returns nil after an error. It is called before
// begin: if the number came first, the result whose turn it is might wait for a slot
// that later ones hold.
func (q *queue[T]) storage() *slot[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.free) == 0 && q.err == nil {
		q.more.Wait()
	}
	if q.err != nil {
		return nil
	}
	s := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	return s
}

// begin returns the number of a result that nobody has begun, -1 if there is none, and
// after an error.
func (q *queue[T]) begin() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil || q.next == q.n {
		q.more.Broadcast() // for those that wait for a slot
		return -1
	}
	q.next++
	if q.order != nil {
		return q.order[q.next-1]
	}
	return q.next - 1
}

// finish hands a finished result in and takes what can be taken, unless another worker
// is doing that, which will find it.
func (q *queue[T]) finish(s *slot[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready[s.index] = s
	if q.taking {
		return
	}
	q.taking = true
	for q.err == nil {
		s := q.ready[q.turn]
		if s == nil {
			break
		}
		delete(q.ready, q.turn)
		q.turn++
		q.mu.Unlock()
		err := q.take(s.index, &s.result)
		q.mu.Lock()
		q.free = append(q.free, s)
		q.fail(err)
		q.more.Signal()
	}
	q.taking = false
}

// stop ends the work with an error.
func (q *queue[T]) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail(err)
}

// fail keeps the first error.
func (q *queue[T]) fail(err error) {
	if err != nil && q.err == nil {
		q.err = err
		q.more.Broadcast()
	}
}

func (q *queue[T]) firstError() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

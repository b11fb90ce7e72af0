package cores

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// A Step is something that one worker does.
type Step struct {
	Name  string
	Cost  time.Duration
	After []int // indexes of the steps that it waits for, all of them smaller than its own
	Rank  int   // of the steps that could begin, one of the lowest rank does, and of these the first one
}

// A Schedule is what Replay returns.
type Schedule struct {
	Wall  time.Duration // until the last step has ended
	steps []Step
	ends  []time.Duration // by step
	cause []int           // by step: the one whose end let it begin, -1 for none
}

// Replay lets workers do steps. None of them is idle while a step could begin.
func Replay(steps []Step, workers int) *Schedule {
	s := &Schedule{steps: steps, ends: make([]time.Duration, len(steps)), cause: make([]int, len(steps))}
	next := make([][]int, len(steps)) // by step: those that wait for it
	waits := make([]int, len(steps))
	ready := &queue{less: func(a, b int) int {
		return cmp.Or(cmp.Compare(steps[a].Rank, steps[b].Rank), cmp.Compare(a, b))
	}}
	for i := range steps {
		s.cause[i] = -1
		waits[i] = len(steps[i].After)
		for _, a := range steps[i].After {
			next[a] = append(next[a], i)
		}
		if waits[i] == 0 {
			heap.Push(ready, i)
		}
	}
	running := &queue{less: func(a, b int) int { return cmp.Or(cmp.Compare(s.ends[a], s.ends[b]), cmp.Compare(a, b)) }}
	since := make([]time.Duration, len(steps)) // by step: when it could have begun
	ended := -1                                // the last step that did
	for ready.Len()+running.Len() > 0 {
		for ready.Len() > 0 && running.Len() < workers {
			i := heap.Pop(ready).(int)
			if since[i] < s.Wall { // it had to wait for a worker
				s.cause[i] = ended
			}
			s.ends[i] = s.Wall + steps[i].Cost
			heap.Push(running, i)
		}
		ended = heap.Pop(running).(int)
		s.Wall = s.ends[ended]
		for _, i := range next[ended] {
			if waits[i]--; waits[i] == 0 {
				s.cause[i], since[i] = ended, s.Wall
				heap.Push(ready, i)
			}
		}
	}
	return s
}

// Work is what all steps take together.
func (s *Schedule) Work() (sum time.Duration) {
	for i := range s.steps {
		sum += s.steps[i].Cost
	}
	return sum
}

// A Share is how much of a path the steps of one name are.
type Share struct {
	Name string
	Time time.Duration
}

// CriticalPath returns of what the longest chain of steps consists, each of which began when the
// one before it ended: whether it waited for that, or for its worker. The largest share is first.
func (s *Schedule) CriticalPath() []Share {
	var path []Share
	last := -1
	for i, end := range s.ends {
		if last < 0 || end > s.ends[last] {
			last = i
		}
	}
	for i := last; i >= 0; i = s.cause[i] {
		step := &s.steps[i]
		at := slices.IndexFunc(path, func(p Share) bool { return p.Name == step.Name })
		if at < 0 {
			at = len(path)
			path = append(path, Share{Name: step.Name})
		}
		path[at].Time += step.Cost
	}
	slices.SortStableFunc(path, func(a, b Share) int { return cmp.Compare(b.Time, a.Time) })
	return path
}

// queue is steps by some order, for container/heap.
type queue struct {
	steps []int
	less  func(a, b int) int
}

func (q *queue) Len() int           { return len(q.steps) }
func (q *queue) Less(i, j int) bool { return q.less(q.steps[i], q.steps[j]) < 0 }
func (q *queue) Swap(i, j int)      { q.steps[i], q.steps[j] = q.steps[j], q.steps[i] }
func (q *queue) Push(x any)         { q.steps = append(q.steps, x.(int)) }
func (q *queue) Pop() any {
	n := len(q.steps) - 1
	x := q.steps[n]
	q.steps = q.steps[:n]
	return x
}

package cores

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// alone returns steps that wait for nothing.
func alone(costs ...time.Duration) (steps []Step) {
	for _, c := range costs {
		steps = append(steps, Step{Name: "alone", Cost: c})
	}
	return steps
}

// chain returns steps of which each waits for the one before.
func chain(costs ...time.Duration) []Step {
	steps := alone(costs...)
	for i := range steps {
		steps[i].Name = "chain"
		if i > 0 {
			steps[i].After = []int{i - 1}
		}
	}
	return steps
}

func TestReplay(t *testing.T) {
	fork := []Step{{Name: "first", Cost: 2}, {Name: "a", Cost: 3, After: []int{0}}, {Name: "b", Cost: 5, After: []int{0}},
		{Name: "last", Cost: 1, After: []int{1, 2}}}
	ranked := []Step{{Name: "late", Cost: 9, Rank: 1}, {Name: "x", Cost: 4}, {Name: "y", Cost: 4, After: []int{1}}}
	for _, tt := range []struct {
		name    string
		steps   []Step
		workers int
		want    time.Duration
	}{
		{"nothing", nil, 1, 0},
		{"one step", alone(7), 4, 7},
		{"alone, one worker", alone(3, 1, 4, 1, 5), 1, 14},
		{"alone, two workers", alone(3, 1, 4, 1, 5), 2, 9}, // 3 1 and 1 4 5: the order is given
		{"alone, as many workers", alone(3, 1, 4, 1, 5), 5, 5},
		{"a chain", chain(3, 1, 4), 8, 8},
		{"a fork, one worker", fork, 1, 11},
		{"a fork, two workers", fork, 2, 8},
		{"ranks, one worker", ranked, 1, 17},
		{"ranks, two workers", ranked, 2, 9},
		{"steps that take no time", chain(0, 0, 2, 0), 2, 2},
	} {
		if got := Replay(tt.steps, tt.workers).Wall; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// What no schedule can be better or worse than.
func TestReplayBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var steps []Step
		var sum time.Duration
		longest := make([]time.Duration, 40) // chain up to a step
		for i := range longest {
			s := Step{Cost: time.Duration(r.IntN(9)), Rank: r.IntN(3)}
			for range r.IntN(3) {
				if i > 0 {
					s.After = append(s.After, r.IntN(i))
				}
			}
			s.After = slices.Compact(slices.Sorted(slices.Values(s.After)))
			for _, a := range s.After {
				longest[i] = max(longest[i], longest[a])
			}
			longest[i] += s.Cost
			sum += s.Cost
			steps = append(steps, s)
		}
		critical := slices.Max(longest)
		for _, workers := range []int{1, 2, 7, 64} {
			got := Replay(steps, workers)
			least := max(critical, (sum+time.Duration(workers)-1)/time.Duration(workers))
			most := critical + sum/time.Duration(workers) // Graham's bound
			if workers == 1 {
				most = sum
			}
			if got.Wall < least || got.Wall > most {
				t.Fatalf("%d workers: %d, not from %d to %d", workers, got.Wall, least, most)
			}
			var path time.Duration
			for _, p := range got.CriticalPath() {
				path += p.Time
			}
			if path != got.Wall {
				t.Fatalf("%d workers: the critical path takes %d of %d", workers, path, got.Wall)
			}
		}
		if got := Replay(steps, len(steps)).Wall; got != critical {
			t.Fatalf("enough workers: %d, want %d", got, critical)
		}
	}
}

// The path goes through the step that the last one waited for, and through the worker that it
// waited for.
func TestCriticalPath(t *testing.T) {
	steps := []Step{{Name: "decode", Cost: 2}, {Name: "decode", Cost: 2}, {Name: "add", Cost: 5, After: []int{0}},
		{Name: "add", Cost: 5, After: []int{1, 2}}, {Name: "write", Cost: 1, After: []int{3}}}
	for workers, want := range map[int]string{1: "[{add 10ns} {decode 4ns} {write 1ns}]", 2: "[{add 10ns} {decode 2ns} {write 1ns}]"} {
		if got := fmt.Sprint(Replay(steps, workers).CriticalPath()); got != want {
			t.Errorf("%d workers: %s, want %s", workers, got, want)
		}
	}
}

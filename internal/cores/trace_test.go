package cores

import (
	"context"
	"slices"
	"testing"
	"time"
)

// inOrder is the trace of units that take work each, and take each to be added.
func inOrder(n int, work, take time.Duration) *Trace {
	p := Part{Name: "units", Form: InOrder, Work: make([]time.Duration, n), Take: make([]time.Duration, n)}
	for i := range n {
		p.Work[i], p.Take[i] = work, take
	}
	return &Trace{Parts: []Part{{Name: "symbols", Form: Serial, Work: []time.Duration{10}}, p}, Before: 1, After: 2}
}

// The walls of traces that can be worked out on paper.
func TestSteps(t *testing.T) {
	slow := inOrder(100, 1, 0)
	slow.Parts[1].Work[0] = 50 // all others wait to be taken
	early := inOrder(100, 1, 0)
	early.Parts[1].Work[50] = 50
	late := *early
	late.Parts = slices.Clone(early.Parts)
	for i := range 100 {
		early.Parts[1].Order = append(early.Parts[1].Order, i)
	}
	early.Parts[1].Order = slices.Insert(slices.Delete(early.Parts[1].Order, 50, 51), 10, 50)
	each := &Trace{Parts: []Part{{Name: "parts", Form: Each, Work: []time.Duration{4, 4, 4, 4}}, {Name: "end", Form: Serial, Work: []time.Duration{3}}}}
	background := inOrder(10, 4, 0)
	background.Background = backgroundPieces
	for _, tt := range []struct {
		name    string
		trace   *Trace
		workers int
		want    time.Duration
	}{
		{"in order, one worker", inOrder(10, 4, 1), 1, 13 + 50},
		{"in order, two workers", inOrder(10, 4, 0), 2, 13 + 20},
		{"taking is what takes time", inOrder(10, 1, 10), 4, 13 + 1 + 100},
		{"a large piece, and room for few others", slow, 2, 13 + 50 + (100-6)/2},
		{"a large piece, and room for most of the others", slow, 40, 13 + 50 + 1},
		{"a large piece in the middle", &late, 2, 13 + 25 + 50 + (50-6)/2},
		{"a large piece that is begun before", early, 2, 13 + 5 + 50 + (50-6)/2},
		{"each, one worker", each, 1, 19},
		{"each, three workers", each, 3, 11},
		{"garbage is collected by whom nothing else is left for", background, 2, (13 + 40 + backgroundPieces + 1) / 2},
		{"or in the shade of a serial part", background, 10, 13 + 4},
	} {
		if got := Replay(tt.trace.Steps(tt.workers), tt.workers).Wall; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// A recorder notes parts and what stands between them, and nil notes nothing.
func TestRecorder(t *testing.T) {
	now := time.Duration(100)
	clock := func() time.Duration { return now }
	r := NewRecorder(clock, clock)
	if From(With(t.Context(), r)) != r || From(context.Background()) != nil {
		t.Error("the recorder of a context")
	}
	now += 5
	r.Phase("units")
	now += 7
	p := r.Enter(InOrder, 2)
	if r.Enter(Each, 3) != nil {
		t.Error("a part in a part")
	}
	for i := range 2 {
		p.Work(i, func() { now += 10 + time.Duration(i) })
		p.Take(i, func() { now += 1 })
	}
	p.Leave()
	now += 3
	got := r.End()
	if len(got.Parts) != 4 || got.Before != 100 || got.Background != 0 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []time.Duration{5, 7, 10, 3} {
		if part := got.Parts[i]; part.Work[0] != want {
			t.Errorf("part %d: %+v, want %d", i, part, want)
		}
	}
	if wall := Replay(got.Steps(1), 1).Wall; wall != now {
		t.Errorf("a run of %d took %d in the replay", now, wall)
	}

	var none *Recorder
	none.Phase("units")
	if none.Enter(Each, 1) != nil {
		t.Error("a part of no recorder")
	}
}

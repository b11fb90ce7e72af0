package cores

import (
	"slices"
	"time"
)

// A Trace is what the parts of a run took, one after the other.
type Trace struct {
	Parts []Part

	// Before and After are what the process did before and after the parts. Background is what no
	// part accounts for: the collection of garbage, huge pages that are handed out beside, and Go's
	// scheduler.
	Before, After, Background time.Duration
}

// A Form says how the pieces of a part depend on each other.
type Form string

const (
	Serial  Form = "serial"   // one piece, and all else waits
	Each    Form = "each"     // pieces in any order
	InOrder Form = "in order" // the same, and what they made is taken in order
)

// A Part is work of one form.
type Part struct {
	Name  string // the phase of the run
	Form  Form
	Work  []time.Duration // by piece
	Take  []time.Duration // by piece, InOrder only
	Order []int           `json:",omitempty"` // in which pieces are begun, InOrder only; nil: in that of their numbers
}

// Sum is the CPU time of all that was recorded.
func (t *Trace) Sum() time.Duration {
	sum := t.Before + t.After + t.Background
	for i := range t.Parts {
		sum += t.Parts[i].sum()
	}
	return sum
}

func (p *Part) sum() (sum time.Duration) {
	for _, took := range slices.Concat(p.Work, p.Take) {
		sum += took
	}
	return sum
}

// InFlight is how many results of InOrder may exist at the same time: enough to keep all workers
// busy while one of them has a large piece of work, and few enough that memory does not grow with
// the input, nor much with the workers.
func InFlight(workers int) int { return min(3*workers, workers+32) }

// Ranks: of steps that could begin, those of the lowest rank do. A worker takes what is ready
// before it begins another piece, and the processor that has nothing to do collects garbage.
const (
	rankTake = iota
	rankWork
	rankBackground
)

// Steps are the steps of the run with so many workers.
func (t *Trace) Steps(workers int) []Step {
	var p plan
	p.serial("process", t.Before)
	for i := range t.Parts {
		p.part(&t.Parts[i], workers)
	}
	end := p.last
	for range backgroundPieces {
		p.add(Step{Name: "background", Cost: t.Background / backgroundPieces, Rank: rankBackground})
	}
	p.last = end
	p.serial("process", t.After)
	return p.steps
}

// backgroundPieces is how finely the work beside the parts is divided. It gives way soon.
const backgroundPieces = 64

// A plan is the steps so far.
type plan struct {
	steps []Step
	last  []int // steps that the next part waits for
}

func (p *plan) add(s Step) int {
	p.steps = append(p.steps, s)
	return len(p.steps) - 1
}

func (p *plan) serial(name string, cost time.Duration) {
	p.last = []int{p.add(Step{Name: name, Cost: cost, After: p.last})}
}

func (p *plan) part(part *Part, workers int) {
	before := p.last
	switch part.Form {
	case Serial:
		p.serial(part.Name, part.Work[0])
	case Each:
		p.last = nil
		for _, cost := range part.Work {
			p.last = append(p.last, p.add(Step{Name: part.Name + " (each)", Cost: cost, After: before, Rank: rankWork}))
		}
	case InOrder:
		takes := p.inOrder(part, workers)
		if len(takes) > 0 {
			p.last = takes[len(takes)-1:]
		}
	}
}

// inOrder adds a part of this form, and returns the steps that take its pieces. There is room for another result when
// as many were taken as those before it are too many.
func (p *plan) inOrder(part *Part, workers int) (takes []int) {
	before := p.last
	works := make(map[int]int) // by piece that is not taken yet: its step
	for n := range part.Work {
		i, after := n, before
		if part.Order != nil {
			i = part.Order[n]
		}
		if room := min(n-InFlight(workers), len(takes)-1); room >= 0 {
			after = takes[room : room+1]
		}
		works[i] = p.add(Step{Name: part.Name + " (work)", Cost: part.Work[i], After: after, Rank: rankWork})
		for work, begun := works[len(takes)]; begun; work, begun = works[len(takes)] {
			turn := len(takes)
			delete(works, turn)
			after := []int{work}
			if turn > 0 {
				after = append(after, takes[turn-1])
			}
			takes = append(takes, p.add(Step{Name: part.Name + " (in order)", Cost: part.Take[turn], After: after, Rank: rankTake}))
		}
	}
	return takes
}

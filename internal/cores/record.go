package cores

import (
	"context"
	"runtime"
	"time"
)

// A Recorder notes what a run does. All methods may be called of nil, which notes nothing.
type Recorder struct {
	thread, process func() time.Duration // CPU time so far

	trace Trace
	phase string
	since time.Duration // CPU time of the first thread when its present piece began
	open  *Pieces       // the part that is not over
}

type contextKey struct{}

// With returns a context in which a run is recorded.
func With(ctx context.Context, r *Recorder) context.Context {
	return context.WithValue(ctx, contextKey{}, r)
}

// From returns the recorder of a run, nil if it is not recorded.
func From(ctx context.Context) *Recorder {
	r, _ := ctx.Value(contextKey{}).(*Recorder)
	return r
}

// NewRecorder returns a recorder for the run that begins now, in the calling goroutine. The
// functions return the CPU time of the calling thread and of the process.
func NewRecorder(thread, process func() time.Duration) *Recorder {
	runtime.LockOSThread()
	r := &Recorder{thread: thread, process: process, phase: "start"}
	r.since, r.trace.Before = thread(), process()
	return r
}

// Phase says that another phase begins.
func (r *Recorder) Phase(name string) {
	if r == nil {
		return
	}
	r.endSerial()
	r.phase = name
}

// endSerial notes what the first goroutine did by itself.
func (r *Recorder) endSerial() {
	now := r.thread()
	r.trace.Parts = append(r.trace.Parts, Part{Name: r.phase, Form: Serial, Work: []time.Duration{now - r.since}})
	r.since = now
}

// Pieces is a part that is being recorded. Its methods may be called of nil.
type Pieces struct {
	r    *Recorder
	part Part
}

// Enter says that n pieces of work begin, of which all are to be noted until Leave. It
// returns nil if nothing is recorded, or if another part is not over: this one belongs to a piece
// of that.
func (r *Recorder) Enter(form Form, n int) *Pieces {
	if r == nil || r.open != nil {
		return nil
	}
	r.endSerial()
	p := &Pieces{r: r, part: Part{Name: r.phase, Form: form, Work: make([]time.Duration, n)}}
	if form == InOrder {
		p.part.Take = make([]time.Duration, n)
	}
	r.open = p
	return p
}

// Order says in which order pieces are begun, nil for that of their numbers.
func (p *Pieces) Order(order []int) { p.part.Order = order }

// Work does piece i. It may be called from any goroutine, once for each piece.
func (p *Pieces) Work(i int, f func()) { p.r.measure(&p.part.Work[i], f) }

// Take takes what piece i made.
func (p *Pieces) Take(i int, f func()) { p.r.measure(&p.part.Take[i], f) }

// Leave ends the part.
func (p *Pieces) Leave() {
	p.r.open = nil
	p.r.trace.Parts = append(p.r.trace.Parts, p.part)
	p.r.since = p.r.thread()
}

func (r *Recorder) measure(took *time.Duration, f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := r.thread()
	f()
	*took = r.thread() - start
}

// End ends the record of the run, and returns it.
func (r *Recorder) End() *Trace {
	r.endSerial()
	defer runtime.UnlockOSThread()
	t := &r.trace
	t.Background = max(0, r.process()-t.Sum())
	return t
}

package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gopahole/gopahole/outfile"
)

// A signalError is the reason why a command ended early.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return e.word() + ", nothing written" }

func (e *signalError) word() string {
	switch e.signal {
	case syscall.SIGINT:
		return "interrupted"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "terminated"
}

// grace is what a run has after a signal to end by itself, which looks at its context
// in most of what takes long and can tell how far it got. What does not look, such as
// opening a pipe that nobody reads, is ended with the process.
const grace = 300 * time.Millisecond

// patience is how long a run goes on before anybody listens to signals. To listen takes three threads, a
// thirtieth of the time of a small module, and a run that has given no name to a file leaves
// nothing when a signal ends it the usual way.
var patience = 100 * time.Millisecond // 0: none, for tests

// A watch is the watch for signals of one run.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    chan struct{} // closed when the run has ended
	abort  func(*signalError)

	signals []os.Signal    // that the caller of the program does not ignore
	heard   chan os.Signal // of these
	last    atomic.Bool    // what gets a name now is the only result: nothing follows that a signal could end
	begun   atomic.Bool    // listening, or signals are ignored
	begin   sync.Mutex     // held by who changes one of these
	listens bool

	grace atomic.Int64 // as a time.Duration: the constant, or more for a run that has asked for it

	mu  sync.Mutex               // held by who exits
	say func(*signalError) error // what to say if the run does not end by itself; nil: the error alone
}

// watchSignals makes the first SIGINT, SIGTERM or SIGHUP end a run: its context is
// cancelled with a *signalError as its cause, and if it does not end soon the process
// exits, between two files and with no temporary one left. The second signal ends the
// process as usual, and so does the first one if it comes before patience is at its end and
// any file has a name. What the caller of the program ignores is ignored.
func (c *command) watchSignals() (stop func()) {
	w := &watch{end: make(chan struct{}), heard: make(chan os.Signal, 1), abort: c.abort}
	w.grace.Store(int64(grace))
	ctx, endRecord := record(context.Background())
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	c.watch = w
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			w.signals = append(w.signals, s)
		}
	}
	outfile.BeforeName(w.beforeName)
	if patience == 0 {
		w.listen()
	}
	late := time.AfterFunc(patience, w.listen)
	return func() {
		endRecord()
		late.Stop()
		w.endBegin()
		signal.Stop(w.heard)
		close(w.end)
		w.mu.Lock() // for ever, if the process is about to exit
		defer w.mu.Unlock()
		w.cancel(nil)
	}
}

// listen begins to listen, once.
func (w *watch) listen() {
	w.begin.Lock()
	defer w.begin.Unlock()
	if w.listens {
		return
	}
	w.listens = true
	for _, s := range w.signals {
		signal.Notify(w.heard, s)
	}
	w.begun.Store(true)
	go w.hear()
}

// endBegin has nobody begin to listen any more. Signals that are ignored stay so: the process ends.
func (w *watch) endBegin() {
	w.begin.Lock()
	defer w.begin.Unlock()
	w.listens = true
	w.begun.Store(true)
}

// hear waits for a signal, or for the end of the run.
func (w *watch) hear() {
	select {
	case s := <-w.heard:
		signal.Stop(w.heard)
		cause := &signalError{s.(syscall.Signal)}
		w.cancel(cause)
		select {
		case <-w.end:
		case <-time.After(time.Duration(w.grace.Load())):
			w.mu.Lock()
			w.abort(cause)
		}
	case <-w.end:
	}
}

// beforeName comes before anything gets a name that the process would leave, or is written over: from now on a
// signal must not end it the usual way. If nothing else is to come, signals are too late, which takes no thread.
func (w *watch) beforeName() {
	if w.begun.Load() {
		return
	}
	if !w.last.Load() {
		w.listen()
		return
	}
	w.begin.Lock()
	defer w.begin.Unlock()
	if !w.listens {
		signal.Ignore(w.signals...)
		w.begun.Store(true)
	}
}

// mindSignals is for what a signal must not end the usual way, though no file of a result has a name yet: other
// files have one, or something is on loan.
func (c *command) mindSignals() {
	if c.watch != nil {
		c.watch.listen()
	}
}

// lastResult says that the next file that gets a name is the only one, or the last.
func (c *command) lastResult() {
	if c.watch != nil {
		c.watch.last.Store(true)
	}
}

// abort ends the process after a signal.
func (c *command) abort(cause *signalError) {
	select {
	case <-c.watch.end: // a moment too late
		c.watch.mu.Unlock()
		return
	default:
	}
	written := outfile.Abandon()
	var err error = cause
	if c.watch.say != nil {
		err = c.watch.say(cause)
	} else if written > 0 {
		err = &lateSignalError{cause}
	}
	c.complain(err)
	os.Exit(failureCode(err))
}

// A lateSignalError says that a signal came after something was written.
type lateSignalError struct{ *signalError }

func (e *lateSignalError) Error() string { return e.word() + ", all that was written is complete" }

func (e *lateSignalError) Unwrap() error { return e.signalError }

// context returns the context of the run.
func (c *command) context() context.Context {
	if c.watch == nil {
		return context.Background()
	}
	return c.watch.ctx
}

// onSignal sets what is said if a signal ends the run from outside.
func (c *command) onSignal(say func(*signalError) error) {
	if c.watch == nil {
		return
	}
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	c.watch.say = say
}

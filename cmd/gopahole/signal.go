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

// A watch is the watch for signals of one run.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    chan struct{} // closed when the run has ended

	grace atomic.Int64 // as a time.Duration: the constant, or more for a run that has asked for it

	mu  sync.Mutex               // held by who exits
	say func(*signalError) error // what to say if the run does not end by itself; nil: the error alone
}

// watchSignals makes the first SIGINT, SIGTERM or SIGHUP end a run: its context is
// cancelled with a *signalError as its cause, and if it does not end soon the process
// exits, between two files and with no temporary one left. The second signal ends the
// process as usual. What the caller of the program ignores is ignored.
func (c *command) watchSignals() (stop func()) {
	w := &watch{end: make(chan struct{})}
	w.grace.Store(int64(grace))
	ctx, endRecord := record(context.Background())
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	c.watch = w
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cause := &signalError{s.(syscall.Signal)}
			w.cancel(cause)
			select {
			case <-w.end:
			case <-time.After(time.Duration(w.grace.Load())):
				w.mu.Lock()
				c.abort(cause)
			}
		case <-w.end:
		}
	}()
	return func() {
		endRecord()
		signal.Stop(signals)
		close(w.end)
		w.mu.Lock() // for ever, if the process is about to exit
		defer w.mu.Unlock()
		w.cancel(nil)
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

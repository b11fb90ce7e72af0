package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// A signalError is the reason why a command ended early.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return e.word() + ", nothing written" }

func (e *signalError) word() string {
	if e.signal == syscall.SIGINT {
		return "interrupted"
	}
	return "terminated"
}

// withSignals returns a context that the first SIGINT or SIGTERM cancels, with
// a *signalError as its cause. The second one ends the process as usual. The
// function that it returns ends the watch.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(&signalError{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

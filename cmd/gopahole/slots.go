package main

import (
	"context"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf"
)

// jobSlots returns the slots of make's job server for a run with so many workers,
// and what ends their use. There are none without make, or if the makefile does
// not let us have them: then the workers are as many as the options say.
func (c *command) jobSlots(workers int) (slots dwarf2btf.Slots, end func()) {
	flags, _ := c.env("MAKEFLAGS")
	if workers < 2 || flags == "" {
		return nil, func() {}
	}
	slots, end, _ = dwarf2btf.JobServer(flags)
	return slots, end
}

// beside calls f at the same time as what follows, if there is a slot for it. The
// function returned ends f by its context, and waits for that.
func beside(slots dwarf2btf.Slots, f func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if slots != nil {
			if slots.Acquire(ctx) != nil {
				return
			}
			defer slots.Release()
		}
		f(ctx)
	})
	return func() {
		cancel()
		done.Wait()
	}
}

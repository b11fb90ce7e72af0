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
	if slots != nil {
		slots = &mindedSlots{slots, c.mindSignals}
	}
	return slots, end
}

// mindedSlots are slots that go back to make if a signal ends the run. They are asked for when there is work for
// them, which small files have not.
type mindedSlots struct {
	dwarf2btf.Slots
	mind func()
}

func (s *mindedSlots) Acquire(ctx context.Context) error {
	s.mind()
	return s.Slots.Acquire(ctx)
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

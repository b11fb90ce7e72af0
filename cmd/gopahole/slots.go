package main

import (
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/jobserver"
)

// jobSlots returns the slots of make's job server for a run with so many workers,
// and what ends their use. There are none without make, or if the makefile does
// not let us have them: then the workers are as many as the options say.
func (c *command) jobSlots(workers int) (slots dwarf2btf.Slots, end func()) {
	flags, _ := c.env("MAKEFLAGS")
	if workers < 2 || flags == "" {
		return nil, func() {}
	}
	client, err := jobserver.FromMakeflags(flags)
	if client == nil || err != nil {
		return nil, func() {}
	}
	return client, client.Close
}

package main

import "github.com/gopahole/gopahole/kernel"

// What help texts say of releases, from the table of package kernel: the first release
// with a change, and for changes of the build also the last one before.
var (
	sinceBase     = kernel.Since(func(c *kernel.Checks) bool { return c.Base })
	sinceMismatch = kernel.Since(func(c *kernel.Checks) bool { return c.Mismatch })

	sinceImplicit, beforeImplicit = kernel.BuildSince(func(b *kernel.Build) bool { return b.Implicit })
	sinceSets, beforeSets         = kernel.BuildSince(func(b *kernel.Build) bool { return b.Sets })
)

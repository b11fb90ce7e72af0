package verify

import "github.com/gopahole/gopahole/kernel"

// From which release on kernels know or do something, for texts.
var (
	sinceBase       = kernel.Since(func(c *kernel.Checks) bool { return c.Base })
	sinceLayout     = kernel.Since(func(c *kernel.Checks) bool { return c.Header == kernel.LongHeader })
	sinceAttributes = kernel.Since(func(c *kernel.Checks) bool { return c.TagFlags })
	sinceFreeTags   = kernel.Since(func(c *kernel.Checks) bool { return c.Chains && !c.TagsFirst })
	sinceEnumFlag   = kernel.Since(func(c *kernel.Checks) bool { return c.EnumFlag })
	sinceSorted     = kernel.Since(func(c *kernel.Checks) bool { return c.Sorted })
)

package typegraph

import "context"

// cancellation looks at the context of Finish now and then.
type cancellation struct {
	ctx   context.Context // nil outside of Finish: units are small
	calls uint32
}

// cancelEvery is the number of calls of cancelled after which it looks at the context:
// a few milliseconds at most.
const cancelEvery = 1 << 7

// cancelSteps is how many steps of one comparison count as much as a type.
const cancelSteps = 1 << 12

// cancelled is to be called in long loops. It returns the context's error.
func (c *cancellation) cancelled() error {
	if c.calls++; c.calls%cancelEvery != 0 || c.ctx == nil {
		return nil
	}
	return c.ctx.Err()
}

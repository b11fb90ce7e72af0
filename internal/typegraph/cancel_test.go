package typegraph

import (
	"context"
	"errors"
	"testing"

	"github.com/gopahole/gopahole/internal/unitgen"
)

// lateContext is cancelled when it has been looked at a number of times.
type lateContext struct {
	context.Context
	looks int
}

func (c *lateContext) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel looks at the work that is done after the context is cancelled, for input
// that takes long in each of the ways that there are.
func TestCancel(t *testing.T) {
	const most = 2 * cancelEvery * max(cancelSteps, spendOften) // notes of failures count as work as well
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			types := unitgen.Types(t, nil, nil, c.make(20000))
			for looks := range 3 {
				shapes := NewShapes()
				g := NewDeferred(shapes, 0)
				if err := g.Add(unitOfTypes(types, shapes)); err != nil {
					t.Fatal(err)
				}
				ctx := &lateContext{context.Background(), looks}
				_, err := g.Finish(ctx)
				if cancelled := errors.Is(err, context.Canceled); cancelled != (ctx.looks < 0) {
					t.Fatalf("%d looks: error %v", looks, err)
				}
				if work := g.Stats().Work; work > most*(looks+1) {
					t.Errorf("%d looks: %d comparisons, more than %d", looks, work, most*(looks+1))
				}
			}
		})
	}
}

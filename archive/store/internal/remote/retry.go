package remote

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/gopahole/gopahole/archive/store/internal/transfer"
)

// A Policy says how long a store is patient with its server. The time between tries doubles from First to Most, each
// less a random part, so that workers who saw the server go do not all come back at once.
type Policy struct {
	Patience    time.Duration // since the last success, after which an error is final
	First, Most time.Duration
}

// DefaultPolicy is patient enough for a server that is started again.
var DefaultPolicy = Policy{Patience: 2 * time.Minute, First: 200 * time.Millisecond, Most: 15 * time.Second}

// Permanent marks an error that would be the same the next time.
func Permanent(err error) error { return &permanentError{err} }

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

func permanent(err error) bool {
	return errors.As(err, new(*permanentError)) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, context.Canceled) ||
		transfer.IsSource(err)
}

// Do calls f until it succeeds, fails for good, or patience ends.
func (p Policy) Do(ctx context.Context, f func() error) error {
	t := tries{policy: p}
	for {
		err := f()
		if err == nil {
			return nil
		}
		if err := t.wait(ctx, err); err != nil {
			return err
		}
	}
}

// tries are those since the last success.
type tries struct {
	policy Policy
	failed int
	since  time.Time // of the first that failed
}

func (t *tries) succeeded() { t.failed = 0 }

// wait waits until it is time for the next try after one that failed with err. If there is to be none, it returns the
// final error.
func (t *tries) wait(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if permanent(err) {
		return err
	}
	if t.failed == 0 {
		t.since = time.Now()
	}
	t.failed++
	delay := min(t.policy.First<<min(t.failed-1, 20), t.policy.Most)
	delay -= time.Duration(rand.Int64N(int64(delay)/2 + 1))
	if passed := time.Since(t.since); passed+delay > t.policy.Patience {
		return fmt.Errorf("%w (given up after %d tries in %s)", err, t.failed, passed.Round(time.Second))
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(delay):
		return nil
	}
}

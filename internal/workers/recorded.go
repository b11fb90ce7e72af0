package workers

import "github.com/gopahole/gopahole/internal/cores"

// recorded returns the functions of [InOrder] as ones that are recorded.
func recorded[T any](r *cores.Pieces, start func() func(int, *T), take func(int, *T) error) (func() func(int, *T), func(int, *T) error) {
	recordedStart := func() func(int, *T) {
		produce := start()
		return func(i int, result *T) { r.Work(i, func() { produce(i, result) }) }
	}
	recordedTake := func(i int, result *T) (err error) {
		r.Take(i, func() { err = take(i, result) })
		return err
	}
	return recordedStart, recordedTake
}

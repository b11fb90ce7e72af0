package main

import (
	"math/bits"
	"time"

	"github.com/gopahole/gopahole/internal/mutate"
)

// minimiseFor is how long a finding is made smaller.
const minimiseFor = 2 * time.Minute

// minimise returns the finding of the same class on a smaller version of the subject: with few changes, and without
// units, DIEs and sections that it does not need.
func (s *subject) minimise(f *finding, data []byte, names []string) (*finding, error) {
	end := time.Now().Add(minimiseFor)
	best := f
	again := func(data []byte, names []string) (bool, error) {
		if time.Now().After(end) {
			return false, nil
		}
		found, err := s.try(data, names)
		for _, other := range found {
			if other.class() == f.class() {
				best = other
				return true, err
			}
		}
		return false, err
	}
	all := uint(1)<<s.plan.Len() - 1
	for n := 1; n < s.plan.Len(); n++ {
		for mask := uint(1); mask < all; mask++ {
			if bits.OnesCount(mask) != n {
				continue
			}
			fewer, itsNames := s.plan.Apply(s.original(), mask)
			ok, err := again(fewer, itsNames)
			if err != nil {
				return best, err
			}
			if ok {
				return s.shrink(best, fewer, itsNames, again, &best)
			}
		}
	}
	return s.shrink(best, data, names, again, &best)
}

// shrink takes parts out of the data for as long as the finding stays.
func (s *subject) shrink(f *finding, data []byte, names []string, again func([]byte, []string) (bool, error), best **finding) (*finding, error) {
	var failed error
	mutate.Shrink(data, func(smaller []byte) bool {
		ok, err := again(smaller, names)
		if err != nil {
			failed = err
		}
		return ok && err == nil
	})
	return *best, failed
}

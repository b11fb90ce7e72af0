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
	m := &minimiser{subject: s, best: f, end: time.Now().Add(minimiseFor)}
	fewer, fewerNames := m.fewestChanges(data, names)
	if f.rule == differs { // what is taken out would damage the structure, of which readers have different ideas
		return m.best, m.err
	}
	mutate.Shrink(fewer, func(smaller []byte) bool { return m.has(smaller, fewerNames) })
	return m.best, m.err
}

// A minimiser looks for a small version of a subject with a finding like best.
type minimiser struct {
	*subject
	best *finding
	end  time.Time
	err  error
}

// has reports whether a version has the finding. After the end, none has.
func (m *minimiser) has(data []byte, names []string) bool {
	if m.err != nil || time.Now().After(m.end) {
		return false
	}
	found, err := m.try(data, names)
	m.err = err
	for _, f := range found {
		if f.class() == m.best.class() {
			m.best = f
			return true
		}
	}
	return false
}

// fewestChanges returns the version with the fewest of the plan's changes, or the one with all of them.
func (m *minimiser) fewestChanges(data []byte, names []string) ([]byte, []string) {
	all := uint(1)<<m.plan.Len() - 1
	for n := 1; n < m.plan.Len(); n++ {
		for mask := uint(1); mask < all; mask++ {
			if bits.OnesCount(mask) != n {
				continue
			}
			if fewer, names := m.plan.Apply(m.original(), mask); m.has(fewer, names) {
				return fewer, names
			}
		}
	}
	return data, names
}

package dwarf2btf

import (
	"time"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
)

// Stats are counters, which do not depend on the machine, and the times of the phases,
// which do. With several jobs, Known, Comparisons, Steps, Identity and Work depend on which
// worker was faster.
type Stats struct {
	Units       int    // decoded
	DIEs        uint64 // read or stepped over one by one
	InfoBytes   uint64 // of .debug_info
	Lists       uint64 // location lists read
	Types       int    // before deduplication
	Distinct    int    // types of distinct content
	Known       int    // types found equal without a comparison
	Comparisons int    // of structs, unions and typedefs
	Steps       int    // pairs of types visited by them
	Identity    int    // pairs that needed the identity check
	Work        int    // pairs visited by comparisons and identity checks, and what else is bounded
	Functions   int    // instances saved
	Emitted     int    // functions encoded
	Inlined     InlineStats
	Merged      bool   // all units were taken as one
	Reruns      int    // times that the input was read again
	Deferred    string // why types were merged at the end and not unit by unit, if the first attempt had to give way
	Phases      []Phase

	open openPhase
}

// Phase is the time that a part of the work took. The parts are those of the picture in
// ARCHITECTURE.md, in the order in which they began.
type Phase struct {
	Name string
	Wall time.Duration
}

// openPhase is a phase that has not ended.
type openPhase struct {
	name  string
	start time.Time
}

// beginPhase ends the phase before, if there is one, and begins another.
func (s *Stats) beginPhase(name string) {
	s.endPhase()
	s.open = openPhase{name, time.Now()}
}

// endPhase ends the phase, if there is one. Of several files or attempts a phase has the
// sum.
func (s *Stats) endPhase() {
	p := s.open
	if s.open = (openPhase{}); p.name == "" {
		return
	}
	wall := time.Since(p.start)
	for i := range s.Phases {
		if s.Phases[i].Name == p.name {
			s.Phases[i].Wall += wall
			return
		}
	}
	s.Phases = append(s.Phases, Phase{p.name, wall})
}

// addCU counts what a CU read.
func (s *Stats) addCU(c *unit.Stats) {
	s.DIEs += c.DIEs
	s.InfoBytes += c.Bytes
	s.Lists += c.Lists
}

// addEncoder counts what became of the CUs.
func (s *Stats) addEncoder(e *encoder) {
	s.Types, s.Distinct, s.Functions, s.Emitted = e.types, e.shapes.Len(), e.functions, e.emitted
	g := e.graph.Stats()
	s.Known, s.Comparisons, s.Steps, s.Identity = g.Recognised, g.Comparisons, g.Steps, g.Identity
	s.Work = g.Work
	s.Inlined = e.inlines
}

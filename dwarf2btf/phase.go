package dwarf2btf

import "time"

// Phase is the time that a part of the work took.
type Phase struct {
	Name string
	Wall time.Duration
}

// openPhase is a phase that has not ended.
type openPhase struct {
	name  string
	start time.Time
}

func (s *Stats) phase(name string) openPhase { return openPhase{name, time.Now()} }

// end ends a phase. Of several files or attempts it has the sum.
func (s *Stats) end(p openPhase) {
	wall := time.Since(p.start)
	for i := range s.Phases {
		if s.Phases[i].Name == p.name {
			s.Phases[i].Wall += wall
			return
		}
	}
	s.Phases = append(s.Phases, Phase{p.name, wall})
}

// next ends a phase and begins another.
func (s *Stats) next(p openPhase, name string) openPhase {
	s.end(p)
	return s.phase(name)
}

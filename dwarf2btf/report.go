package dwarf2btf

import "fmt"

// report is a warning that a CU waits with until its turn comes: what Convert
// says is in the order of the input, and is said once, even if the input had to
// be read again.
type report struct {
	once warning // 0 for one that may come again
	key  string  // what it is about, for those that are given once for each such thing; "" for others
	msg  string
}

// warning is one of those that are given once for a file.
type warning uint8

const (
	warnExclude warning = 1 << iota
)

var warnings = map[warning]string{
	warnExclude: "units that are taken as one are not excluded by name (--cu_exclude)",
}

// warn keeps a warning for the CU.
func (d *decoder) warn(msg string) {
	if d.s.opts.Report != nil {
		d.cu.reports = append(d.cu.reports, report{msg: msg})
	}
}

// warnOnce keeps a warning for the CU, once.
func (d *decoder) warnOnce(w warning) {
	if d.s.opts.Report != nil && d.cu.warned&w == 0 {
		d.cu.warned |= w
		d.cu.reports = append(d.cu.reports, report{once: w, msg: warnings[w]})
	}
}

// addReports takes the warnings of a CU. It is called for one CU after the other.
func (s *session) addReports(c *cu) {
	for _, r := range c.reports {
		if r.key != "" {
			if s.said[r.key] {
				continue
			}
			if s.said == nil {
				s.said = make(map[string]bool)
			}
			s.said[r.key] = true
		}
		if s.warned&r.once == 0 {
			s.warned |= r.once
			s.reports = append(s.reports, r.msg)
		}
	}
}

// unresolved counts a reference to a DIE that is no type. It may be called from
// several goroutines.
func (s *session) unresolved(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing == 0 || at < s.firstMissing {
		s.firstMissing = at
	}
	s.missing++
}

// report says all that was kept, when the result is complete.
func (s *session) report() {
	if s.missing > 0 {
		s.reports = append(s.reports, fmt.Sprintf("%d references lead to no type and became void, for example to %s", s.missing, s.firstMissing))
	}
	if s.opts.Report == nil {
		return
	}
	for _, msg := range s.reports {
		s.opts.Report(Diagnostic{File: s.file.Name, Msg: msg})
	}
}

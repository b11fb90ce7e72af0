package unit

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
func (d *reader) warn(msg string) {
	if d.s.opts.Report {
		d.cu.Reports = append(d.cu.Reports, report{msg: msg})
	}
}

// warnOnce keeps a warning for the CU, once.
func (d *reader) warnOnce(w warning) {
	if d.s.opts.Report && d.cu.warned&w == 0 {
		d.cu.warned |= w
		d.cu.Reports = append(d.cu.Reports, report{once: w, msg: warnings[w]})
	}
}

// TakeReports takes the warnings of a CU. It is called for one CU after the other.
func (s *File) TakeReports(c *CU) {
	for _, r := range c.Reports {
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
func (s *File) unresolved(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing == 0 || at < s.firstMissing {
		s.firstMissing = at
	}
	s.missing++
}

// Warnings returns the warnings of the CUs, when the result is complete.
func (s *File) Warnings() []string {
	if s.missing > 0 {
		return append(s.reports, fmt.Sprintf("%d references lead to no type and became void, for example to %s", s.missing, s.firstMissing))
	}
	return s.reports
}

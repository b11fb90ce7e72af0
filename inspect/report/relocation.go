package report

// MaxModules is how many modules are in a table. Later ones are counted.
const MaxModules = 5000

// A Relocation is what kernels make of modules.
type Relocation struct {
	Kernels []Kernel
	Modules []*Module
	Left    int    // modules that are not in the table
	Command string // which prints all of them
}

// A Kernel is a column.
type Kernel struct {
	Label string // short: its release, or the name of its file
	Name  string // of its file
	Rules string // which release it is, and how it is judged
}

// A Module is a row.
type Module struct {
	Name     string    // of its file
	Verdicts []Verdict // of the kernels
	Reasons  []Reason
}

// A Class is what a verdict means to whoever has the module.
type Class string

// The classes.
const (
	Good    Class = "good"    // the kernel gets its types
	Bad     Class = "bad"     // it does not, or worse
	Unknown Class = "unknown" // nobody knows, or there is nothing to know
)

// A Verdict is what a kernel makes of a module.
type Verdict struct {
	Word  string
	Class Class
}

// A Reason says why, of some kernels.
type Reason struct {
	Kernels []int // their numbers, from 0; all of them if it is nil
	Text    string
	Details []string // types that do not fit
}

// Add puts a module into the table, or counts it.
func (r *Relocation) Add(m *Module) {
	if len(r.Modules) >= MaxModules {
		r.Left++
		return
	}
	r.Modules = append(r.Modules, m)
}

// Class is the worst of a module's.
func (m *Module) Class() Class {
	worst := Good
	for _, v := range m.Verdicts {
		if v.Class == Bad || v.Class == Unknown && worst == Good {
			worst = v.Class
		}
	}
	return worst
}

// maxReason is how long reasons are, in characters, that are shown as a whole.
const maxReason = 120

// Short is the beginning of the reasons, "" if they are short themselves.
func (m *Module) Short() string {
	length := 0
	for _, r := range m.Reasons {
		length += len(r.Text)
		for _, d := range r.Details {
			length += len(d)
		}
	}
	if length <= maxReason {
		return ""
	}
	text := []rune(m.Reasons[0].Text)
	if len(text) == 0 {
		text = []rune(m.Reasons[0].Details[0])
	}
	if len(text) > maxReason {
		text = append(text[:maxReason-1:maxReason-1], '…')
	}
	return string(text)
}

// A Tally says how many modules of the table a kernel makes the same of.
type Tally struct {
	Verdict
	Modules int
}

// Tallies returns the verdicts of a kernel, given its number, with the most frequent first
// within good, unknown and bad.
func (r *Relocation) Tallies(k int) []Tally {
	var all []Tally
	for _, class := range []Class{Good, Unknown, Bad} {
		at := len(all)
	modules:
		for _, m := range r.Modules {
			if m.Verdicts[k].Class != class {
				continue
			}
			for i := range all[at:] {
				if all[at+i].Verdict == m.Verdicts[k] {
					all[at+i].Modules++
					continue modules
				}
			}
			all = append(all, Tally{m.Verdicts[k], 1})
		}
		sortByCount(all[at:])
	}
	return all
}

// ByClass counts the modules of the table whose worst verdict is of a class.
func (r *Relocation) ByClass(c Class) (n int) {
	for _, m := range r.Modules {
		if m.Class() == c {
			n++
		}
	}
	return n
}

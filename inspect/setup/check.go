package setup

// A State is what a check found.
type State uint8

// The states, from the best to the worst.
const (
	Fine    State = iota
	Note          // it works, and there is something to know
	Unknown       // it cannot be told
	Problem       // there will be no BTF, or not all of it
)

func (s State) String() string { return [...]string{"fine", "note", "unknown", "problem"}[s] }

// A Check is one thing that was looked at.
type Check struct {
	Name  string // what was looked at, a word: see the constants
	State State
	Text  string // what was found
	Cure  string // what to do about it; "" if there is nothing to do
}

// Names of checks.
const (
	Config   = "config"   // the options of the kernel
	Modules  = "modules"  // the options for modules
	Encoder  = "encoder"  // what the makefiles call as PAHOLE
	IDs      = "ids"      // what they call as RESOLVE_BTFIDS
	Vmlinux  = "vmlinux"  // the kernel that modules are encoded on
	Memory   = "memory"   // of the machine
	Jobs     = "jobs"     // make's job server
	Debug    = "debug"    // the debugging information of a module
	BTF      = "btf"      // the BTF of a module, and what its kernel makes of it
	Signed   = "signed"   // its signature
	Running  = "running"  // the kernel that runs
	Location = "location" // where a system has what modules are built with
)

// Worst returns the worst state of checks.
func Worst(checks []Check) State {
	worst := Fine
	for _, c := range checks {
		worst = max(worst, c.State)
	}
	return worst
}

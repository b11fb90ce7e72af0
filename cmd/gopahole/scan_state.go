package main

import "fmt"

// A scanState is what a kernel makes of the BTF of a module.
type scanState uint8

const (
	scanMatches scanState = iota
	scanRelocates
	scanMismatched
	scanRefused
	scanBare
	scanDanger
	scanUnknown
	scanUnreadable
	scanStates
)

func (s scanState) String() string {
	return [...]string{"split, matches", "distilled, relocates", "split, mismatched", "distilled, refused", noBTF, "danger", unknown, unreadable}[s]
}

// inOrder reports whether the kernel gets the BTF.
func (s scanState) inOrder() bool { return s == scanMatches || s == scanRelocates }

// style is how the state is shown.
func (s scanState) style() style {
	switch s {
	case scanMatches, scanRelocates:
		return good
	case scanBare, scanUnknown:
		return doubt
	}
	return bad
}

// scanStyle is that of the state with a name.
func scanStyle(name string) style {
	for s := range scanState(scanStates) {
		if s.String() == name {
			return s.style()
		}
	}
	return plain
}

// cure says what to do about modules in a state, of a kernel whose BTF is in a file; "" for
// those that are in order.
func (s scanState) cure(base string) string {
	switch s {
	case scanMismatched:
		return fmt.Sprintf("build them for this kernel, or give them a .BTF.base on the kernel that they were built for "+
			"(%s distill --base=THAT_VMLINUX), or make their BTF anew if they have DWARF (%s encode --base=%s --in_place)", program, program, base)
	case scanRefused:
		return fmt.Sprintf("a type that they hold has changed, or the kernel does not know .BTF.base: build them for this kernel; "+
			"%s relocate --check -v --base=%s says which type", program, base)
	case scanBare:
		return fmt.Sprintf("make it from their DWARF: %s encode --base=%s --in_place", program, base)
	case scanDanger:
		return fmt.Sprintf("%s verify -v --base=%s says what is wrong; make their BTF anew", program, base)
	case scanUnknown:
		return "say which release it is: --kernel"
	case scanUnreadable:
		return "the reason says why; install them again if they are damaged"
	}
	return ""
}

// incompleteCure is what to do about kernel functions that programs cannot call.
func incompleteCure(base string) string {
	return fmt.Sprintf("%s verify --kfuncs --base=%s says which ones; an encoder older than the kernel left out their tags: "+
		"make the BTF anew with the features that the kernel's build asks for (%s gen --base=%s --in_place)", program, base, program, base)
}

package relocate

import "github.com/gopahole/gopahole/btf"

// An Outcome is how relocation ends.
type Outcome uint8

// The outcomes.
const (
	Relocates Outcome = iota // the types are on the target
	Refused                  // an error: the module is not loaded, or loaded without BTF
	Crashes                  // the kernel follows a reference to a type that does not exist
	Hangs                    // the kernel follows references that never end
	Misread                  // no error, but the kernel takes IDs for those of other types
)

func (o Outcome) String() string {
	return [...]string{"relocates", "refused", "crashes", "hangs", "misread"}[o]
}

// A Result says what a kernel with the BTF of a target does with split BTF, and why.
type Result struct {
	Outcome Outcome
	Refusal *Error // why; nil unless the outcome is Refused
	Why     string // the reason if the outcome is Crashes, Hangs or Misread

	// Distilled says for each type of the distilled base what it was matched with:
	// [i] is about the type with the ID i+1.
	Distilled []Distilled

	// Defects are what is wrong with the split types and no kernel looks at, at most
	// MaxDefects of a kind. They may be there whatever the outcome is.
	Defects []Defect

	firstID, numIDs btf.ID // of the split types
	newFirst        btf.ID // what firstID becomes
}

// OK reports whether a kernel relocates the types. There may be Defects all the same.
func (r *Result) OK() bool { return r.Outcome == Relocates }

// NewID returns what becomes of an ID of the distilled base or of the split types,
// such as one in .BTF_ids. It returns false for an ID that does not exist, and for a
// distilled type that does not match exactly one type of the target.
func (r *Result) NewID(id btf.ID) (btf.ID, bool) {
	switch {
	case id == 0:
		return 0, true
	case id >= r.numIDs:
		return 0, false
	case id >= r.firstID:
		return id - r.firstID + r.newFirst, true
	}
	d := &r.Distilled[id-1]
	return d.NewID(), d.State == Matched
}

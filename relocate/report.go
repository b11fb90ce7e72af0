package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// Error is the refusal of a kernel.
type Error struct {
	Errno   kernel.Errno
	Message string // what the kernel logs, without a final newline; "" if it logs nothing
	ID      btf.ID // the distilled or split type that it is about, or 0
	Reason  string // in other words; "" if Message says it
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("-%v: %s", e.Errno, e.Reason)
	}
	return fmt.Sprintf("-%v: %s", e.Errno, e.Message)
}

// Outcome is what a kernel makes of split BTF.
type Outcome uint8

// The outcomes.
const (
	Relocates Outcome = iota
	Refused           // with an error; the module is not loaded, or loaded without BTF
	Crashes           // the kernel follows a reference to a type that does not exist
	Hangs             // the kernel follows references that never end
	Misread           // no error, but IDs mean something else to the kernel
)

func (o Outcome) String() string {
	return [...]string{"relocates", "refused", "crashes", "hangs", "misread"}[o]
}

// Report says what a kernel with the BTF of a target makes of split BTF, and
// why.
type Report struct {
	Outcome Outcome
	Error   *Error // if the outcome is Refused
	Why     string // if it is Crashes, Hangs or Misread

	// Distilled has the types of the distilled base: [i] is type i+1.
	Distilled []Distilled

	// Dangers is what kernels do not look at. There are no more than MaxDangers of
	// a kind.
	Dangers []Danger

	firstID, numIDs btf.ID // of the split types
	newFirst        btf.ID
}

// OK reports whether a kernel relocates the types. There may be dangers all the
// same.
func (r *Report) OK() bool { return r.Outcome == Relocates }

// NewID returns what becomes of an ID of the distilled base or of the split
// types, such as those in .BTF_ids. It is false for IDs that do not exist and
// for distilled types that do not match one type.
func (r *Report) NewID(id btf.ID) (btf.ID, bool) {
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

// State is what was found for a distilled type.
type State uint8

// The states.
const (
	Matched      State = iota
	Missing            // the target has nothing of that name, among the kinds that count
	Ambiguous          // more than one type is accepted
	SizeMismatch       // a type of that name would be accepted if its size were right
	KindMismatch       // types of that name are of other kinds
	Invalid            // a distilled base cannot have such a type
)

func (s State) String() string {
	return [...]string{"matched", "missing", "ambiguous", "size mismatch", "kind mismatch", "invalid"}[s]
}

// Listed is how many types the lists of a Distilled have at most.
const Listed = 16

// Distilled is the finding for a type of a distilled base.
type Distilled struct {
	ID   btf.ID
	Kind btf.Kind
	Name string
	Size uint32 // in bytes; 0 for a FWD

	State      State
	Embedded   bool // a STRUCT or UNION of the split types holds it by value
	Referenced bool // a split type refers to it

	// Accepted are the types of the target that it is matched with, in the order
	// of their IDs, and NumAccepted is their number, also beyond Listed.
	Accepted    []Candidate
	NumAccepted int

	// Rejected are the types of the target of that name that do not fit, best
	// first.
	Rejected []Candidate

	// Other is the first type of the target of that name that relocation does not
	// look at because of its kind, if nothing was accepted; 0 if there is none.
	Other     btf.ID
	OtherKind btf.Kind
}

// NewID returns the ID in the target, or 0 if the type is not matched.
func (d *Distilled) NewID() btf.ID {
	if d.State != Matched {
		return 0
	}
	return d.Accepted[0].ID
}

// Candidate is a type of the target with the name of a distilled type.
type Candidate struct {
	ID   btf.ID
	Kind btf.Kind
	Size uint32 // in bytes; 0 for a FWD
	Why  Mismatch
}

// Mismatch says which rule keeps a candidate from being accepted.
type Mismatch uint8

// The mismatches, from the nearest to the farthest.
const (
	Fits           Mismatch = iota
	SizeEmbedded            // another size, and the distilled type is held by value
	SizeOfSeveral           // another size, and the target has several composites of that name
	SizeOfScalar            // another size, which INT, FLOAT, ENUM and ENUM64 must not have
	OtherEncoding           // an INT of another encoding
	OtherKindFlag           // a FWD against kind_flag: bitfields count as "union"
	OtherKindFound          // another kind
)

func (m Mismatch) String() string {
	return [...]string{
		"fits",
		"size differs, and it is held by value",
		"size differs, and there are several of that name",
		"size differs",
		"encoding differs",
		"kind_flag differs",
		"kind differs",
	}[m]
}

func (m Mismatch) isSize() bool { return m == SizeEmbedded || m == SizeOfSeveral || m == SizeOfScalar }

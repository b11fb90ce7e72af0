package relocate

import "github.com/gopahole/gopahole/btf"

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

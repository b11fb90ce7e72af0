package die

// Ref is a reference of an entry within a CU, from when it is read until everything that
// it may refer to has a number:
//
//	bit 31   bits 0 to 30
//	0        0               no reference: void
//	0        offset          AtOffset: the entry at this offset of the CU
//	1        n               Numbered: the type with number n of the CU
//	1        all are 1       IndexType: the index type of arrays, which is chosen later
//
// The fast ways of the cursor make the first two.
type Ref uint32

// IndexType is the reference of an array to its index type. It comes from no entry.
const IndexType Ref = 1<<32 - 1

// MaxOffset is the largest offset that fits.
const MaxOffset = 1<<31 - 1

const refNumbered Ref = 1 << 31

// AtOffset returns the reference to the entry at an offset of the CU, which is at most
// MaxOffset. 0 is void.
func AtOffset(off uint32) Ref { return Ref(off) }

// Numbered returns the reference to a type by its number in the CU. 0 is void.
func Numbered(n uint32) Ref {
	if n == 0 {
		return 0
	}
	return Ref(n) | refNumbered
}

// IsOffset reports whether r refers to an entry by its offset.
func (r Ref) IsOffset() bool { return int32(r) > 0 }

// Offset is the offset that r refers to. r must have one, or be void, which gives 0.
func (r Ref) Offset() uint32 { return uint32(r) }

// Number is the number of the type that r refers to. r must have one.
func (r Ref) Number() uint32 { return uint32(r &^ refNumbered) }

package location

import "math/bits"

// Flags of one parameter.
type Flags uint8

const (
	// HasLoc: the parameter has a DW_AT_location, decodable or not.
	HasLoc Flags = 1 << iota
	// HasConst: the parameter has a DW_AT_const_value. Set by the caller.
	HasConst
	// OnStack: the first location is DW_OP_fbreg alone.
	OnStack
	// LocConst: the first location is a literal or begins with one.
	LocConst
	// InMemory: the type is too large for the argument registers.
	InMemory
)

// Facts is what the location of one parameter says. The zero value says nothing.
type Facts struct {
	// Mask1 and Mask2 have a bit for every byte offset at which a DW_OP_piece
	// of the value starts: Mask1 in the first word of the value, Mask2 from the
	// second word on (bit 0 is offset AddrSize).
	Mask1, Mask2 uint64
	// Member is the caller's number of the struct member found through
	// TrueMemberOffset; 0 is none. This package only passes it on in Push.
	Member uint32
	// Size is the size of the type in bytes, modulo 65536: pahole keeps it in
	// 16 bits and derives everything below from what is left. 0 is unknown.
	Size uint16
	// Flags holds HasLoc and so on.
	Flags Flags
	// reg is the DWARF register number plus one; 0 is none.
	reg uint8
}

// NoReg is what Reg returns when no register is known.
const NoReg = -1

// Reg returns the DWARF number of the register that holds the parameter, 0 to
// 31, or NoReg.
func (f *Facts) Reg() int { return int(f.reg) - 1 }

// setReg notes register n; the first one seen wins (pahole 1.32).
func (f *Facts) setReg(n uint8) {
	if f.reg == 0 {
		f.reg = n + 1
	}
}

// Push merges the facts of a parameter into those of its abstract origin, as
// pahole 1.32 does for a parameter that has no type of its own: what the
// parameter knows of register and size replaces what the origin knew, flags
// and masks are united, and a member is handed over to an origin without one.
func (f *Facts) Push(into *Facts) {
	if f.reg != 0 {
		into.reg = f.reg
	}
	if f.Size != 0 {
		into.Size = f.Size
	}
	if into.Member == 0 {
		into.Member = f.Member
	}
	into.Flags |= f.Flags
	into.Mask1 |= f.Mask1
	into.Mask2 |= f.Mask2
}

// TrueMemberOffset returns the byte offset of the only piece of the value that
// is passed, when the location names exactly one. The member that begins there
// then stands for the whole aggregate in clang's changed signatures. addrSize
// is in bytes.
func (f *Facts) TrueMemberOffset(addrSize int) (off uint64, ok bool) {
	switch {
	case f.Mask2 == 0 && bits.OnesCount64(f.Mask1) == 1:
		return uint64(bits.TrailingZeros64(f.Mask1)), true
	case f.Mask1 == 0 && bits.OnesCount64(f.Mask2) == 1:
		return uint64(addrSize + bits.TrailingZeros64(f.Mask2)), true
	}
	return 0, false
}

// hasPieces reports whether any piece was noted.
func (f *Facts) hasPieces() bool { return f.Mask1|f.Mask2 != 0 }

// slots is the number of argument registers a value of this size takes.
func (c *Context) slots(f *Facts) int {
	size, w := int(f.Size), c.AddrSize
	if c.Convention.OneRegister || size <= w || w <= 0 {
		return 1
	}
	return (size + w - 1) / w
}

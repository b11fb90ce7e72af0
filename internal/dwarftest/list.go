package dwarftest

import "fmt"

// A LocList is a location list; DW_AT_location refers to it by sec_offset, loclistx, or data4 before DWARF 4.
type LocList []ListEntry

// A RangeList is a list of address ranges, as DW_AT_ranges has it; the entries have no Expr.
type RangeList []ListEntry

// A ListEntry is one entry of a list. The entry that ends the list is written by itself.
type ListEntry struct {
	Kind EntryKind
	// The two numbers of the entry: begin and end offset or address, or begin and length, or the base address alone.
	// Addresses of the kinds with an x go to .debug_addr. DWARF 2 to 4 only have OffsetPair and BaseAddress.
	Low, High uint64
	Expr      any // Expr or []byte
}

// EntryKind is the kind of a list entry. The zero value is the commonest; it is not the code that is written.
type EntryKind int

// Kinds of entries (DWARF 5, 7.7.3 and 7.25).
const (
	OffsetPair EntryKind = iota
	BaseAddress
	BaseAddressx
	StartxEndx
	StartxLength
	StartEnd
	StartLength
	DefaultLocation // only in a LocList
)

// locations is what LocList and RangeList have in common.
type locations interface{ entries() ([]ListEntry, bool) }

func (l LocList) entries() ([]ListEntry, bool)   { return l, true }
func (l RangeList) entries() ([]ListEntry, bool) { return l, false }

// list writes a list and returns its offset in the section, or its index for the forms that have one.
func (u *unitWriter) list(form Form, list locations) (uint64, error) {
	entries, isLoc := list.entries()
	if u.version < 5 {
		b := &u.ranges
		if isLoc {
			b = &u.loc
		}
		at := b.len()
		return at, u.oldList(b, entries, isLoc)
	}
	lists, old := &u.rnglists, u.oldBases().rnglists
	if isLoc {
		lists, old = &u.loclists, u.oldBases().loclists
	}
	index := uint64(len(lists.starts))
	lists.starts = append(lists.starts, lists.body.len())
	if err := u.newList(&lists.body, entries, isLoc); err != nil {
		return 0, err
	}
	if form == FormLoclistx || form == FormRnglistx {
		return index, nil
	}
	// The base is where the offset array begins; bodies follow the array.
	return old.base + old.arraySize + lists.starts[index], nil
}

// oldList writes a list of .debug_loc or .debug_ranges (DWARF 4, 2.6.2 and 2.17.3).
func (u *unitWriter) oldList(b *buffer, entries []ListEntry, isLoc bool) error {
	for _, e := range entries {
		switch e.Kind {
		case BaseAddress:
			b.uint(u.addrSize, ^uint64(0))
			b.uint(u.addrSize, e.Low)
			continue
		case OffsetPair:
			b.uint(u.addrSize, e.Low)
			b.uint(u.addrSize, e.High)
		default:
			return fmt.Errorf("list: DWARF %d has no entry of kind %d", u.version, e.Kind)
		}
		if isLoc {
			expr, err := u.exprBytes(e.Expr)
			if err != nil {
				return err
			}
			b.uint(2, uint64(len(expr)))
			b.bytes(expr)
		}
	}
	b.uint(u.addrSize, 0)
	b.uint(u.addrSize, 0)
	return nil
}

// Codes of the entries by EntryKind (DWARF 5, tables 7.10 and 7.30).
var (
	locCodes   = [...]uint64{OffsetPair: 4, BaseAddress: 6, BaseAddressx: 1, StartxEndx: 2, StartxLength: 3, StartEnd: 7, StartLength: 8, DefaultLocation: 5}
	rangeCodes = [...]uint64{OffsetPair: 4, BaseAddress: 5, BaseAddressx: 1, StartxEndx: 2, StartxLength: 3, StartEnd: 6, StartLength: 7}
)

// newList writes a list of .debug_loclists or .debug_rnglists (DWARF 5, 2.6.2 and 2.17.3).
func (u *unitWriter) newList(b *buffer, entries []ListEntry, isLoc bool) error {
	codes := rangeCodes[:]
	if isLoc {
		codes = locCodes[:]
	}
	for _, e := range entries {
		if int(e.Kind) >= len(codes) {
			return fmt.Errorf("list: no entry of kind %d here", e.Kind)
		}
		b.uint(1, codes[e.Kind])
		switch e.Kind {
		case OffsetPair:
			b.uleb(e.Low)
			b.uleb(e.High)
		case BaseAddress:
			b.uint(u.addrSize, e.Low)
			continue
		case BaseAddressx:
			b.uleb(u.addrx.index(e.Low))
			continue
		case StartxEndx:
			b.uleb(u.addrx.index(e.Low))
			b.uleb(u.addrx.index(e.High))
		case StartxLength:
			b.uleb(u.addrx.index(e.Low))
			b.uleb(e.High)
		case StartEnd:
			b.uint(u.addrSize, e.Low)
			b.uint(u.addrSize, e.High)
		case StartLength:
			b.uint(u.addrSize, e.Low)
			b.uleb(e.High)
		}
		if isLoc {
			expr, err := u.exprBytes(e.Expr)
			if err != nil {
				return err
			}
			b.uleb(uint64(len(expr)))
			b.bytes(expr)
		}
	}
	b.uint(1, 0)
	return nil
}

func (u *unitWriter) exprBytes(e any) ([]byte, error) {
	switch e := e.(type) {
	case nil:
		return nil, nil
	case []byte:
		return e, nil
	case Expr:
		return u.expr(e)
	}
	return nil, fmt.Errorf("expression of type %T", e)
}

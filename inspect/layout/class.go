package layout

import "github.com/gopahole/gopahole/btf"

// A class is what is inferred of a struct or union, or of what is declared as one. Integers have
// the widths that they have in pahole, whose results wrap around as these do.
//
// A kernel has 15,000 of them, so members are no part: who needs them finds them again.
type class struct {
	id      btf.ID
	name    btf.StrOff
	size    uint32 // in bytes; 0 for a declaration
	align   uint32 // that has to be asked for; 0: that of the members
	natural uint16 // the largest of the members, 0 if there are none

	preHole    uint16 // before the first member
	padding    uint16 // after the last one
	holes      uint8
	bitHoles   uint8
	preBitHole uint8
	bitPadding uint8

	isStruct      bool // or declared as one
	naturalFound  bool
	placing       bool // its members are being looked at
	holesFound    bool
	packedDecided bool
	packed        bool
	flexible      answer // ends with an array without a length
	embeds        answer // a member does, or one of its members
}

// An answer is found once.
type answer uint8

const (
	unasked answer = iota
	no
	yes
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// classes finds what is to say of structs and unions.
type classes struct {
	types   *btf.Types
	pointer uint32   // size of pointers, in bytes
	line    uint32   // size of a cache line, in bytes
	known   []uint32 // by ID: 1 more than the place in all
	all     [][]class
	n       int                // classes in all
	room    []member           // of structs and unions that are being looked at, one after the other
	most    int                // how many members there may be in room, 0: not known yet
	lately  [lately]memberType // by the lowest bits of their IDs
	depth   int
	work    int // steps that may still be done for the type being printed
	err     error
}

const classesPerPage = 1 << 7

// newClass returns what a record says of a struct or union.
func newClass(id btf.ID, rec btf.Record) class {
	kind := rec.Kind()
	return class{
		id: id, name: rec.NameOff(), size: rec.Size(),
		isStruct: kind == btf.KindStruct || kind == btf.KindFwd && !rec.KindFlag(),
	}
}

// isClass reports whether there is a class for a kind.
func isClass(kind btf.Kind) bool { return kind.IsComposite() || kind == btf.KindFwd }

// get returns a struct or union, nil for other types.
func (c *classes) get(id btf.ID) *class {
	rec := c.types.Record(id)
	if !isClass(rec.Kind()) {
		return nil
	}
	if c.known == nil {
		c.known = make([]uint32, c.types.NumIDs())
	}
	if at := c.known[id]; at != 0 {
		return &c.all[(at-1)/classesPerPage][(at-1)%classesPerPage]
	}
	if c.n%classesPerPage == 0 {
		c.all = append(c.all, make([]class, classesPerPage))
	}
	k := &c.all[c.n/classesPerPage][c.n%classesPerPage]
	c.n++
	c.known[id] = uint32(c.n)
	*k = newClass(id, rec)
	return k
}

// lookInto finds what is to say of a struct that is a member.
func (c *classes) lookInto(k *class) {
	if k.holesFound && k.packedDecided {
		return
	}
	members := c.members(k.id)
	c.align(k, members)
	c.findHoles(k, members)
	c.inferPacked(k, members)
	c.done(members)
}

// countHoles finds the holes of a struct and nothing else.
func (c *classes) countHoles(k *class) {
	if !k.holesFound {
		members := c.members(k.id)
		c.findHoles(k, members)
		c.done(members)
	}
}

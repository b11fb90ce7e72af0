package btfids

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// SplitInline takes BTF inline out of types: what says where functions were inlined goes
// into BTF of its own, which is split from the rest, main (resolve_btfids --inline).
//
//	                          main                 inline
//	LOC_PARAM, ..., LOCSEC                         all
//	FUNC                      that has code        that they lead to and that was only inlined
//	FUNC_PROTO                that those have      that nobody else refers to
//	others                    all
//
// Whether a function has code, hasCode is asked for many of them at once: it sets those
// names to true. IDs and strings are new in both, and the order of the types is the old one.
// Entries of a LOCSEC are sorted by FUNC, offset and LOC_PROTO. Both are written with a long
// header, and main has a layout section of all kinds if types has one.
//
// Names of types are to be equal only if their offsets are, and not those of a base, as
// after dedup. The error is that of hasCode, says that a kind is not known, or that
// the names have more bytes than make sense.
func SplitInline(types *btf.Types, hasCode func(names map[string]bool) error) (main, inline *btf.Types, err error) {
	c := colouring{types: types, first: types.FirstID(), colours: make([]colour, types.NumIDs()-types.FirstID())}
	if err := c.fromLocations(); err != nil {
		return nil, nil, err
	}
	names, err := c.inlinedNames()
	if err != nil {
		return nil, nil, err
	}
	if len(names) > 0 {
		if err := hasCode(names); err != nil {
			return nil, nil, err
		}
	}
	c.fromKept(names)
	return c.split()
}

// A colour says where a type is needed, which may be both.
type colour uint8

const (
	inMain   colour = 1 << iota
	inInline        // by locations
)

// A colouring gives the own types their colours.
type colouring struct {
	types   *btf.Types
	first   btf.ID
	colours []colour // by ID - first
	todo    []btf.ID // coloured, and their references are not
}

// isLocation reports whether a kind is one of BTF inline.
func isLocation(kind btf.Kind) bool {
	return kind == btf.KindLocParam || kind == btf.KindLocProto || kind == btf.KindLocsec
}

// fromLocations colours what BTF inline leads to.
func (c *colouring) fromLocations() error {
	for id, rec := range c.types.Own() {
		kind := rec.Kind()
		if !kind.Known() {
			return fmt.Errorf("[%d]: kind %d is not known, nor is what it refers to", id, uint8(kind))
		}
		if isLocation(kind) {
			c.spread(id, inInline)
		}
	}
	return nil
}

// spread colours an own type and all own types that it leads to.
func (c *colouring) spread(id btf.ID, col colour) {
	c.mark(id, col)
	for len(c.todo) > 0 {
		last := len(c.todo) - 1
		rec := c.types.Record(c.todo[last])
		c.todo = c.todo[:last]
		for ref := range rec.Refs() {
			c.mark(ref, col)
		}
	}
}

func (c *colouring) mark(id btf.ID, col colour) {
	if id >= c.first && c.colours[id-c.first]&col == 0 {
		c.colours[id-c.first] |= col
		c.todo = append(c.todo, id)
	}
}

// inlinedNames returns the names of the FUNCs that BTF inline leads to. What is false of
// them is to be found out.
func (c *colouring) inlinedNames() (map[string]bool, error) {
	names := make(map[string]bool)
	bytes := 0
	for id, rec := range c.types.Own() {
		if rec.Kind() != btf.KindFunc || c.colours[id-c.first]&inInline == 0 {
			continue
		}
		name := c.types.NameUpTo(id, maxText)
		names[name] = false
		if bytes += len(name); bytes > maxText {
			return nil, fmt.Errorf("[%d]: the names of inlined functions have more than %d bytes in all", id, maxText)
		}
	}
	return names, nil
}

// fromKept colours what stays in main, and what that leads to.
func (c *colouring) fromKept(hasCode map[string]bool) {
	for id, rec := range c.types.Own() {
		if c.colours[id-c.first]&inInline == 0 || c.stays(id, rec, hasCode) {
			c.spread(id, inMain)
		}
	}
}

// stays reports whether a type that BTF inline leads to stays in main for itself.
func (c *colouring) stays(id btf.ID, rec btf.Record, hasCode map[string]bool) bool {
	switch kind := rec.Kind(); {
	case kind == btf.KindFunc:
		return hasCode[c.types.Name(id)]
	case kind == btf.KindFuncProto, isLocation(kind):
		return false
	}
	return true
}

// split makes both results.
func (c *colouring) split() (main, inline *btf.Types, err error) {
	n := btf.ID(0) // types of main
	for _, col := range c.colours {
		if col&inMain != 0 {
			n++
		}
	}
	to := make([]btf.ID, len(c.colours))
	next, nextInline := c.first, c.first+n
	for i, col := range c.colours {
		if col&inMain != 0 {
			to[i] = next
			next++
		} else {
			to[i] = nextInline
			nextInline++
		}
	}
	r := regrouping{c: c, to: to, names: make(map[btf.StrOff]btf.StrOff)}
	words, strs, err := r.records(true, c.types.StringStart())
	if err != nil {
		return nil, nil, err
	}
	if main, err = c.types.Replace(words, strs); err != nil {
		return nil, nil, fmt.Errorf("main BTF: %w", err)
	}
	if main = main.WithLongHeader(true); main.HasLayout() {
		main = main.WithLayout(false).WithFullLayout()
	}
	if words, strs, err = r.records(false, main.StringEnd()); err != nil {
		return nil, nil, err
	}
	if inline, err = btf.New(c.types.ByteOrder(), main, words, strs); err != nil {
		return nil, nil, fmt.Errorf("BTF inline: %w", err)
	}
	return main, inline.WithLongHeader(true), nil
}

// A regrouping writes the types of one colour, first those of main.
type regrouping struct {
	c     *colouring
	to    []btf.ID                  // the new ID by ID - first
	names map[btf.StrOff]btf.StrOff // the new offsets of own names
	bytes int                       // of the names
}

// records returns the types that go to main or that do not, and their strings, which
// begin at an offset.
func (r *regrouping) records(main bool, start btf.StrOff) (words []uint32, strs []byte, err error) {
	types, n := r.c.types, 0
	goes := func(id btf.ID) bool { return (r.c.colours[id-r.c.first]&inMain != 0) == main }
	for id, rec := range types.Own() {
		if goes(id) {
			n += len(rec)
		}
	}
	words = make([]uint32, 0, n)
	if start == 0 {
		strs = append(strs, 0)
	}
	for id, rec := range types.Own() {
		if !goes(id) {
			continue
		}
		at := len(words)
		words = append(words, rec...)
		moved := btf.Record(words[at:])
		moved.MapRefs(func(ref btf.ID) btf.ID {
			if ref >= r.c.first {
				ref = r.to[ref-r.c.first]
			}
			return ref
		})
		moved.MapNames(func(off btf.StrOff) btf.StrOff {
			if off == 0 || off < types.StringStart() {
				return off
			}
			at, ok := r.names[off]
			if !ok && r.bytes <= maxText {
				name, _ := types.String(off) // which exists, as types are checked
				r.bytes += len(name)
				at = start + btf.StrOff(len(strs))
				strs = append(append(strs, name...), 0)
				r.names[off] = at
			}
			return at
		})
		if r.bytes > maxText {
			return nil, nil, fmt.Errorf("[%d]: the names up to here have more than %d bytes", id, maxText)
		}
		moved.SortLocSites()
	}
	return words, strs, nil
}

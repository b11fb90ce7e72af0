package btf

// interner makes a string section: whole strings, each once, in the order in
// which they were first asked for. In split mode a string of the base is used
// where it has one.
type interner struct {
	base  *Types
	start StrOff
	strs  []byte
	offs  map[string]StrOff

	blank StrOff // a second empty string, see addBlank; 0: none yet
}

func newInterner(base *Types) *interner {
	n := &interner{base: base, offs: make(map[string]StrOff)}
	if base == nil {
		n.strs = []byte{0}
	} else {
		n.start = base.StringEnd()
	}
	return n
}

// add returns the offset of s; the empty string is at 0. s has no NUL byte.
func (n *interner) add(s string) StrOff {
	if s == "" {
		return 0
	}
	if off, ok := n.offs[s]; ok {
		return off
	}
	off, ok := StrOff(0), false
	if n.base != nil {
		off, ok = n.base.FindString(s)
	}
	if !ok {
		off = n.start + StrOff(len(n.strs))
		n.strs = append(append(n.strs, s...), 0)
	}
	n.offs[s] = off
	return off
}

// addBlank returns a non-zero offset of an empty string. Nothing but reading
// text needs it: a name can be empty without being anonymous.
func (n *interner) addBlank() StrOff {
	if n.blank == 0 {
		n.blank = n.start + StrOff(len(n.strs))
		n.strs = append(n.strs, 0)
	}
	return n.blank
}

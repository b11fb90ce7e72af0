package btf

// interner makes a string section: whole strings, each once, in the order in
// which they were first asked for. In split mode a string of the base is used
// where it has one.
type interner struct {
	base  *Types
	start StrOff
	strs  []byte
	offs  map[string]StrOff
	asked int // bytes of all strings that were asked for

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

// maxInterned bounds the bytes of all strings that an interner is asked for.
// Names may overlap, so that a small blob can have terabytes of them. Those of a
// kernel are some tens of MiB, and kernels refuse a name after 16 MiB of others.
const maxInterned = 1 << 29

// full reports whether the strings exceed maxInterned.
func (n *interner) full() bool { return n.asked > maxInterned }

// add returns the offset of s; the empty string is at 0. s has no NUL byte. When
// the interner is full, it adds nothing and returns 0.
func (n *interner) add(s string) StrOff {
	if n.asked += len(s); s == "" || n.full() {
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

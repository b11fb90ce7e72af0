package btf

import "strings"

// A search looks for strings in a string section without an index of it: closer at those
// only that end like one of those wanted and have its length.
type search struct {
	missing map[string]bool
	ends    [1 << 10]uint64 // a bit for each hash of an end and a length
	short   bool            // some are too short for that
}

// endBytes is what is looked at of an end.
const endBytes = 3

// want adds a string to look for.
func (f *search) want(s string) {
	if f.missing == nil {
		f.missing = make(map[string]bool)
	}
	f.missing[s] = true
	if len(s) < endBytes {
		f.short = true
		return
	}
	h := hashEnd(s[len(s)-endBytes:], len(s))
	f.ends[h/64] |= 1 << (h % 64)
}

// in calls found for the first place in text of each string that it has.
func (f *search) in(text string, found func(s string, at int)) {
	for rest := text; len(f.missing) > 0; {
		var n int
		if rest, n = f.next(rest); n < 0 {
			return
		}
		if s := rest[:n]; f.missing[s] {
			found(s, len(text)-len(rest))
			delete(f.missing, s)
		}
		rest = rest[n+1:]
	}
}

// next returns what begins with the next string that may be one of them, and how long
// that is; -1 for none. It calls nothing that would take its variables out of registers.
func (f *search) next(text string) (rest string, n int) {
	ends := &f.ends
	for {
		n := strings.IndexByte(text, 0)
		if n >= endBytes {
			if h := hashEnd(text[n-endBytes:n], n); ends[h/64]>>(h%64)&1 != 0 {
				return text, n
			}
		} else if n < 0 || f.short {
			return text, n
		}
		text = text[n+1:]
	}
}

// hashEnd hashes the end of a string and its length to 16 bits.
func hashEnd(end string, n int) uint32 {
	_ = end[endBytes-1]
	return ((uint32(end[0]) | uint32(end[1])<<8 | uint32(end[2])<<16) + uint32(n)<<24) * 0x9e3779b1 >> 16
}

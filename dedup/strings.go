package dedup

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

const maxNameBytes = 1 << 27

// rename returns the own records of t with names that are equal exactly if
// their offsets are, and the string section for them (libbpf:
// btf_dedup_strings): the strings in use, in the order of their first use, save
// for those that the base has. Offsets into the base stay.
//
// Names may overlap in t, so that a small blob can have terabytes of them; more
// than maxNameBytes are an error.
func rename(t *btf.Types, opts Options) (words []uint32, strs []byte, err error) {
	words = append(words, t.Words()...)
	if opts.KeepStrings {
		return words, append(strs, t.Strings()...), nil
	}
	used, moved, err := usedNames(t, words)
	if err != nil {
		return nil, nil, err
	}
	offsets := make(map[string]btf.StrOff)
	if t.Base() != nil {
		offsets = t.Base().FindStrings(used.names)
	} else {
		strs = append(strs, 0)
		offsets[""] = 0
	}
	for i, s := range used.names {
		off, ok := offsets[s]
		if !ok {
			off = t.StringStart() + btf.StrOff(len(strs))
			strs = append(append(strs, s...), 0)
			offsets[s] = off
		}
		moved[used.offs[i]] = uint32(off)
	}
	eachName(words, func(name *uint32) bool {
		if to, ok := moved[*name]; ok {
			*name = to
		}
		return true
	})
	return words, strs, nil
}

// names are names with their offsets, each offset once.
type names struct {
	offs  []uint32
	names []string
}

// usedNames returns the own names in words in the order of their first use, and a map
// that has their offsets.
func usedNames(t *btf.Types, words []uint32) (used names, moved map[uint32]uint32, err error) {
	moved = make(map[uint32]uint32)
	start, bytes := uint32(t.StringStart()), 0
	eachName(words, func(name *uint32) bool {
		off := *name
		if _, ok := moved[off]; ok || off == 0 || off < start {
			return true
		}
		s, _ := t.String(btf.StrOff(off)) // checked by btf
		moved[off] = off
		used.offs, used.names = append(used.offs, off), append(used.names, s)
		bytes += len(s)
		return bytes <= maxNameBytes
	})
	if bytes > maxNameBytes {
		return names{}, nil, fmt.Errorf("the names have more than %d bytes in all", maxNameBytes)
	}
	return used, moved, nil
}

// eachName calls f for the names in records, until it returns false. It ends at a kind
// that is not known, which is reported when the records are read.
func eachName(words []uint32, f func(name *uint32) bool) {
	var at []int
	for len(words) > 0 {
		n, ok := btf.RecordWords(btf.KindOf(words[1]), btf.VlenOf(words[1]))
		if !ok {
			return
		}
		at = btf.AppendNames(at[:0], words[:n])
		for _, i := range at {
			if !f(&words[i]) {
				return
			}
		}
		words = words[n:]
	}
}

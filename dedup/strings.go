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
func (c *converter) rename(t *btf.Types, opts Options) (words []uint32, strs []byte, err error) {
	words = append(words, t.Words()...)
	if opts.KeepStrings {
		return words, append(strs, t.Strings()...), nil
	}
	start := t.StringStart()
	moved := make(map[uint32]uint32) // by old offset
	offsets := make(map[string]uint32)
	if t.Base() == nil {
		strs = append(strs, 0)
		offsets[""] = 0
	}
	bytes := 0 // of all names, each offset once
	move := func(off uint32) uint32 {
		if off == 0 || off < uint32(start) {
			return off
		}
		if to, ok := moved[off]; ok {
			return to
		}
		if bytes > maxNameBytes {
			return 0
		}
		s, _ := t.String(btf.StrOff(off)) // checked by btf
		bytes += len(s)
		to, ok := offsets[s]
		if !ok {
			var inBase btf.StrOff
			if t.Base() != nil {
				inBase, ok = t.Base().FindString(s)
			}
			if ok {
				to = uint32(inBase)
			} else {
				to = uint32(start) + uint32(len(strs))
				strs = append(append(strs, s...), 0)
			}
			offsets[s] = to
		}
		moved[off] = to
		return to
	}
	var names []int
	for at := 0; at < len(words); {
		n, ok := btf.RecordWords(btf.KindOf(words[at+1]), btf.VlenOf(words[at+1]))
		if !ok {
			break // reported when the records are read
		}
		rec := words[at : at+n]
		names = btf.AppendNames(names[:0], rec)
		for _, i := range names {
			rec[i] = move(rec[i])
		}
		at += n
		if bytes > maxNameBytes {
			return nil, nil, fmt.Errorf("the names have more than %d bytes in all", maxNameBytes)
		}
	}
	return words, strs, nil
}

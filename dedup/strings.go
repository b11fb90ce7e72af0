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
	used, moved, err := usedNames(t)
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
		moved[used.offs[i]] = off
	}
	at := 0
	for _, old := range t.Own() {
		btf.Record(words[at:][:len(old)]).MapNames(func(off btf.StrOff) btf.StrOff {
			if to, ok := moved[off]; ok {
				return to
			}
			return off
		})
		at += len(old)
	}
	return words, strs, nil
}

// names are names with their offsets, each offset once.
type names struct {
	offs  []btf.StrOff
	names []string
}

// usedNames returns the own names of t in the order of their first use, and a map that
// has their offsets.
func usedNames(t *btf.Types) (used names, moved map[btf.StrOff]btf.StrOff, err error) {
	moved = make(map[btf.StrOff]btf.StrOff)
	bytes := 0
	for _, rec := range t.Own() {
		for off := range rec.Names() {
			if _, ok := moved[off]; ok || off == 0 || off < t.StringStart() {
				continue
			}
			s, _ := t.String(off) // checked by btf
			moved[off] = off
			used.offs, used.names = append(used.offs, off), append(used.names, s)
			if bytes += len(s); bytes > maxNameBytes {
				return names{}, nil, fmt.Errorf("the names have more than %d bytes in all", maxNameBytes)
			}
		}
	}
	return used, moved, nil
}

package verify

import (
	"bytes"
	"fmt"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// An Origin is what one can guess from split BTF about the base that it was made on.
// The format does not name the base.
type Origin struct {
	// IDs and StringBytes are the number of IDs and the length of the strings of
	// that base, 0 if there is too little to go by.
	IDs, StringBytes int
}

// How much is tried and how much has to agree before it is called an origin.
const (
	tryStarts  = 4096 // strings or types that may be the last one referred to
	tryRecords = 512  // functions that have to agree
	enough     = 4    // of them, or of names

	// What a file may have of names or strings, and how many of them are compared:
	// the largest modules have a tenth, and nobody waits long for a guess.
	maxGuess = 1 << 21
	maxSteps = 1 << 24
)

// GuessOrigin looks for the base that raw split BTF was made on. Names that are not
// in the base have to begin where strings of the blob begin, and
// functions have to refer to prototypes: for most modules that fits one base
// only.
func GuessOrigin(raw []byte) Origin {
	b := &blob{rules: kernel.Newest(), raw: raw, order: byteOrder(raw)}
	// A base that any number and any name may be in.
	b.base = &blob{}
	c := &checker{rules: b.rules, b: b}
	if c.parseHeader() != nil || c.parseStrings() != nil {
		return Origin{}
	}
	b.decodeTypes()
	return b.origin()
}

// origin needs strings and words of the blob only.
func (b *blob) origin() Origin {
	var names, funcs []uint32 // offsets, and the prototypes of functions
	var kinds []btf.Kind      // by ID-firstID
	var highest uint32        // ID referred to
	for at := 0; at+3 <= len(b.words); {
		info := b.words[at+1]
		kind := btf.KindOf(info)
		n, ok := btf.RecordWords(kind, btf.VlenOf(info))
		if !ok || at+n > len(b.words) {
			break
		}
		rec := btf.Record(b.words[at:][:n])
		kinds = append(kinds, kind)
		for off := range rec.Names() {
			if off != 0 {
				names = append(names, uint32(off))
			}
		}
		for ref := range rec.Refs() {
			highest = max(highest, uint32(ref))
		}
		if kind == btf.KindFunc && len(funcs) < tryRecords {
			funcs = append(funcs, uint32(rec.Type()))
		}
		at += n
	}
	return Origin{IDs: originIDs(kinds, funcs, highest), StringBytes: originStrings(b.strs, names)}
}

// originStrings finds the offset of the first own string: the last name that is
// used begins one of the last own strings, and then all names after that offset begin
// one.
func originStrings(strs []byte, names []uint32) int {
	var starts []uint32 // of own strings, in strs
	for at := 0; at < len(strs) && len(starts) <= maxGuess; {
		starts = append(starts, uint32(at))
		n := bytes.IndexByte(strs[at:], 0)
		if n < 0 {
			break
		}
		at += n + 1
	}
	if len(names) == 0 || len(starts) == 0 || max(len(names), len(starts)) > maxGuess {
		return 0
	}
	slices.Sort(names)
	distinct := slices.Compact(names)
	left := maxSteps
	last := distinct[len(distinct)-1]
	for i := len(starts) - 1; i >= max(0, len(starts)-tryStarts); i-- {
		if last <= starts[i] {
			continue
		}
		first := last - starts[i]
		own := distinct[sort.Search(len(distinct), func(j int) bool { return distinct[j] >= first }):]
		// Encoders leave few strings unused.
		if len(own) >= enough && 2*len(own) >= len(starts) && allStart(own[max(0, len(own)-tryStarts):], starts, first, &left) {
			return int(first)
		}
	}
	return 0
}

// allStart reports whether every offset is first and one of the starts. Both are
// sorted. It does not find out in more steps than are left.
func allStart(offsets, starts []uint32, first uint32, left *int) bool {
	i := sort.Search(len(starts), func(i int) bool { return starts[i]+first >= offsets[0] })
	for _, off := range offsets {
		for i < len(starts) && starts[i]+first < off {
			i++
			*left--
		}
		if *left--; *left < 0 {
			return false
		}
		if i == len(starts) || starts[i]+first != off {
			return false
		}
	}
	return true
}

// originIDs finds the ID of the first own type: the highest ID that is referred
// to is one of the last, and functions refer to prototypes.
func originIDs(kinds []btf.Kind, funcs []uint32, highest uint32) int {
	best, most := 0, enough-1
	for i := len(kinds) - 1; i >= max(0, len(kinds)-tryStarts); i-- {
		if highest <= uint32(i) {
			continue
		}
		first, fit := highest-uint32(i), 0
		for _, to := range funcs {
			if to < first {
				continue
			}
			if own := to - first; own >= uint32(len(kinds)) || kinds[own] != btf.KindFuncProto {
				fit = 0
				break
			}
			fit++
		}
		if fit > most {
			best, most = int(first), fit
		}
	}
	return best
}

// otherBase says why the BTF cannot be split from the base it was judged on, or
// returns "" if nothing points to that.
func (c *checker) otherBase() string {
	b := c.b
	if b.base == nil || b.words == nil {
		return ""
	}
	o := b.origin()
	ids, strs := int(b.firstID), int(b.strStart)
	if (o.IDs == 0 || o.IDs == ids) && (o.StringBytes == 0 || o.StringBytes == strs) {
		return ""
	}
	text := "it was made on another base:"
	if o.IDs != 0 {
		text += fmt.Sprintf(" one with %d types, this one has %d;", max(0, o.IDs-1), max(0, ids-1))
	}
	if o.StringBytes != 0 {
		text += fmt.Sprintf(" one with %d bytes of strings, this one has %d;", o.StringBytes, strs)
	}
	if where := b.firstOddName(); where != "" {
		text += " " + where + ";"
	}
	return text + " take the vmlinux of the same build, or a module with .BTF.base"
}

// firstOddName describes the first type whose name begins inside of a string of
// the base.
func (b *blob) firstOddName() string {
	id := b.firstID
	for at := 0; at+3 <= len(b.words); id++ {
		info := b.words[at+1]
		n, ok := btf.RecordWords(btf.KindOf(info), btf.VlenOf(info))
		if !ok {
			break
		}
		if off := btf.StrOff(b.words[at]); off > 0 && off < b.strStart && b.base.strs[off-1] != 0 {
			start := bytes.LastIndexByte(b.base.strs[:off], 0) + 1
			return fmt.Sprintf("the name of [%d] %s is %q there, a part of %q", id, btf.KindOf(info), shorten(b.cstr(off)), shorten(b.cstr(btf.StrOff(start))))
		}
		at += n
	}
	return ""
}

// shorten bounds a name in a text for people.
func shorten(s []byte) string {
	const most = 60
	if len(s) > most {
		return string(s[:most]) + "..."
	}
	return string(s)
}

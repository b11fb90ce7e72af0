package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// The content of a type is its shape. Base finds its types by that without making
// shapes of all of them: what follows hashes and compares records as if they were
// shapes.

// hashContent hashes the content of a record, or the words of a shape: both have the
// same hash. Types of struct members do not count, nor does word 2 of a record where
// it is a type.
func (b *Base) hashContent(words []uint32) uint64 {
	head := btf.Record(words)
	size := head.SizeOrType()
	if kinds[head.Kind()].refInSize {
		size = 0
	}
	h := hashPair(b.seed, uint64(head.NameOff())|uint64(head.Info())<<32, uint64(size))
	tail := words[headWords:]
	step := contentStep(head)
	for ; len(tail) >= step && len(tail) >= 2; tail = tail[step:] {
		h = hashPair(h, uint64(tail[0])|uint64(tail[step-1])<<32, 0)
	}
	if len(tail) > 0 {
		h = hashPair(h, uint64(tail[0]), 1)
	}
	return h
}

// Words of a member.
const (
	memberWords      = 3 // in a record: name, type, offset
	shapeMemberWords = 2 // in a shape: name, offset
)

// contentStep returns the distance of the members in a record or in a shape: the
// former have a type between name and offset.
func contentStep(words btf.Record) int {
	if words.Kind().IsComposite() && len(words) > headWords && len(words) == headWords+memberWords*words.Vlen() {
		return memberWords
	}
	return shapeMemberWords
}

// equalContent reports whether two records, of a kind in Base.contents, have the
// same content.
func equalContent(a, b btf.Record) bool {
	if len(a) != len(b) || !equalHeads(a, b) {
		return false
	}
	if !a.Kind().IsComposite() {
		return slices.Equal(a[headWords:], b[headWords:])
	}
	for i := range a.Vlen() {
		m, n := a.Member(i), b.Member(i)
		if m.Name != n.Name || m.Offset != n.Offset || m.Width != n.Width {
			return false
		}
	}
	return true
}

// equalShape reports whether the content of a record is that of shape words.
func equalShape(words []uint32, rec btf.Record) bool {
	if !equalHeads(words, rec) {
		return false
	}
	shape, tail := words[headWords:], rec[headWords:]
	if !rec.Kind().IsComposite() {
		return slices.Equal(shape, tail)
	}
	for ; len(shape) >= shapeMemberWords && len(tail) >= memberWords; shape, tail = shape[shapeMemberWords:], tail[memberWords:] {
		if shape[0] != tail[0] || shape[1] != tail[2] {
			return false
		}
	}
	return len(shape) == 0 && len(tail) == 0
}

// equalHeads compares the words that all kinds have, but for a type.
func equalHeads(a, b btf.Record) bool {
	return a.NameOff() == b.NameOff() && a.Info() == b.Info() && (a.SizeOrType() == b.SizeOrType() || kinds[a.Kind()].refInSize)
}

package unitgen

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// Input is raw BTF, and the base if it is split.
type Input struct{ Base, Own []byte }

// Parse returns the types of an input.
func (in Input) Parse() (*btf.Types, error) {
	var b *btf.Types
	if in.Base != nil {
		var err error
		if b, err = btf.Parse(in.Base, nil); err != nil {
			return nil, fmt.Errorf("base: %w", err)
		}
	}
	return btf.Parse(in.Own, b)
}

// RandomInput makes an input: half of them split BTF, some without any sense. Most
// bases go through dedup first.
func RandomInput(t testing.TB, seed uint64, dedup func(*btf.Types) (*btf.Types, error)) Input {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 3))
	var units []*Unit
	switch rng.IntN(6) {
	case 0:
		units = IdentityUnits(rng)
	case 1, 2:
		for range 1 + rng.IntN(4) {
			n := 1 + rng.IntN(15)
			if rng.IntN(4) == 0 {
				n = 20 + rng.IntN(60)
			}
			units = append(units, RandomUnit(rng, n))
		}
	default:
		prog := NewProgram(rng, Programs[rng.IntN(len(Programs))].Opts)
		for range 1 + rng.IntN(6) {
			units = append(units, prog.Unit())
		}
	}
	n := 0
	if rng.IntN(2) == 0 {
		n = rng.IntN(len(units) + 1)
	}
	var in Input
	var base *btf.Types
	if n > 0 {
		base = Types(t, rng, nil, units[:n])
		if rng.IntN(3) != 0 {
			// The usual base has no duplicates.
			if clean, err := dedup(base); err == nil {
				base = clean
			}
		}
		in.Base = base.Bytes()
	}
	in.Own = Types(t, rng, base, units[n:]).Bytes()
	return in
}

// Types turns units into BTF. Some strings are there twice, some are
// not used, unless rng is nil.
func Types(t testing.TB, rng *rand.Rand, base *btf.Types, units []*Unit) *btf.Types {
	t.Helper()
	first, strStart := uint32(1), uint32(0)
	var strs []byte
	if base != nil {
		first = uint32(base.NumIDs())
		strStart = uint32(base.StringStart()) + uint32(len(base.Strings()))
	} else {
		strs = append(strs, 0)
	}
	offsets := make(map[uint32]uint32)
	name := func(n uint32) uint32 {
		if n == 0 {
			return 0
		}
		s := fmt.Sprintf("n%d", n)
		if base != nil && rng != nil && rng.IntN(2) == 0 {
			if off, ok := base.FindString(s); ok {
				return uint32(off)
			}
		}
		if off, ok := offsets[n]; ok && (rng == nil || rng.IntN(10) != 0) {
			return off
		}
		if rng != nil && rng.IntN(10) == 0 {
			strs = append(strs, "unused\x00"...)
		}
		offsets[n] = strStart + uint32(len(strs))
		strs = append(append(strs, s...), 0)
		return offsets[n]
	}
	var words []uint32
	id := first
	for _, u := range units {
		unitBase := id - 1
		for i, shape := range u.Words {
			refs := make([]uint32, len(u.Refs[i]))
			for j, e := range u.Refs[i] {
				if e != 0 {
					e += unitBase
				}
				refs[j] = e
			}
			named := shape
			for _, w := range shapeNames(shape) {
				if &named[0] == &shape[0] {
					named = append([]uint32(nil), shape...)
				}
				named[w] = name(shape[w])
			}
			words = appendRecord(words, named, refs)
			id++
		}
	}
	types, err := btf.New(nil, base, words, strs)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// shapeNames returns the indexes of the words of a shape that are names.
func shapeNames(shape []uint32) []int {
	names := []int{0}
	step := 0
	switch btf.KindOf(shape[1]) {
	case btf.KindStruct, btf.KindUnion, btf.KindEnum:
		step = 2
	case btf.KindEnum64:
		step = 3
	case btf.KindFuncProto:
		step = 1
	}
	for i := 3; step != 0 && i < len(shape); i += step {
		names = append(names, i)
	}
	return names
}

// appendRecord appends a record: words with the references put in.
func appendRecord(dst, words, refs []uint32) []uint32 {
	kind := btf.KindOf(words[1])
	fields := kind.Fields()
	next := func(f btf.Field) {
		if f == btf.FieldType {
			dst, refs = append(dst, refs[0]), refs[1:]
			return
		}
		dst, words = append(dst, words[0]), words[1:]
	}
	dst, words = append(dst, words[0], words[1]), words[2:]
	if fields.SizeOrType == btf.FieldType {
		words = words[1:] // where it is to be
	}
	next(fields.SizeOrType)
	for _, f := range fields.Tail {
		next(f)
	}
	for len(fields.Elem) > 0 && len(words)+len(refs) > 0 {
		for _, f := range fields.Elem {
			next(f)
		}
	}
	return dst
}

// splitRecord returns the words and the references that appendRecord puts together.
func splitRecord(rec btf.Record) (words, refs []uint32) {
	fields := rec.Kind().Fields()
	words = append(words, rec[0], rec[1])
	rest := rec[2:]
	next := func(f btf.Field) {
		if f == btf.FieldType {
			refs = append(refs, rest[0])
		} else {
			words = append(words, rest[0])
		}
		rest = rest[1:]
	}
	next(fields.SizeOrType)
	if fields.SizeOrType == btf.FieldType {
		words = append(words, 0)
	}
	for _, f := range fields.Tail {
		next(f)
	}
	for len(fields.Elem) > 0 && len(rest) > 0 {
		for _, f := range fields.Elem {
			next(f)
		}
	}
	return words, refs
}

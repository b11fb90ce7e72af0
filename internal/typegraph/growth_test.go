package typegraph

import (
	"errors"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// FuzzGrowth looks for input whose work grows faster than n log n. The bytes are a
// pattern of a few types, which is repeated: their names are the same in each
// repetition or not, and their references lead into the same one, its neighbours, the
// first or the last. Three numbers of repetitions are compared.
//
// Nothing may take more work than the limit. Patterns without what is known to hide
// differences must not even get near it.
func FuzzGrowth(f *testing.F) {
	kinds := map[btf.Kind]byte{}
	for i, k := range patternKinds {
		kinds[k] = byte(i)
	}
	f.Add([]byte{kinds[btf.KindTypedef], 0, refNext << 4})
	f.Add([]byte{kinds[btf.KindTypedef], 0, refPrevious << 4})
	f.Add([]byte{kinds[btf.KindStruct], 0, 1, kinds[btf.KindPtr], 0, refNext << 4})
	f.Add([]byte{kinds[btf.KindStruct], 4, 1, kinds[btf.KindPtr], 0, refNext << 4})
	f.Add([]byte{kinds[btf.KindStruct] | 16, 0, 1, kinds[btf.KindPtr], 0, refNext << 4, kinds[btf.KindPtr], 0, refNext<<4 | 1})
	f.Add([]byte{kinds[btf.KindFwd], 0, 0, kinds[btf.KindStruct], 0, refNext << 4, kinds[btf.KindArray], 0, 1})
	f.Add([]byte{kinds[btf.KindFuncProto] | 16, 0, refNext << 4, kinds[btf.KindUnion], 4, 0, kinds[btf.KindEnum], 1, 0})
	f.Fuzz(func(t *testing.T, pattern []byte) {
		if len(pattern) < 3 || len(pattern) > 24 {
			return
		}
		limit := workLimit{1 << 13, 128}
		setWork(t, incrementalWork, workLimit{1 << 10, 8}, limit)
		var work [3]int
		for i := range work {
			b, plain := repeat(pattern, 64<<i)
			_, stats, err := mergeTypes(t, unitgen.Types(t, nil, nil, []*unitgen.Unit{b}))
			if errors.As(err, new(*WorkError)) && plain {
				t.Fatalf("%d types: %v", b.Len(), err)
			}
			work[i] = stats.Work
			if most := limit.of(int(b.Len())) + 8*int(b.Len()) + 1<<16; work[i] > most {
				t.Fatalf("%d types: %d comparisons, more than %d", b.Len(), work[i], most)
			}
		}
	})
}

// Where a reference leads: into which repetition.
const (
	refSame = iota
	refNext
	refPrevious
	refFirst
	refLast
	refModes
)

// patternKinds are the kinds of a pattern. References to others would be errors.
var patternKinds = [...]btf.Kind{
	btf.KindInt, btf.KindPtr, btf.KindConst, btf.KindTypedef, btf.KindStruct, btf.KindUnion, btf.KindFuncProto,
	btf.KindEnum, btf.KindFwd, btf.KindArray, btf.KindTypeTag, btf.KindStruct,
}

// repeat makes times repetitions of a pattern, in which three bytes are a type: its
// kind with the number of its references; its name; where the references lead.
// plain says that libbpf's comparisons of such types only depend on what they are,
// not on names alone nor on how they share other types.
func repeat(pattern []byte, times int) (b *unitgen.Unit, plain bool) {
	b, plain = new(unitgen.Unit), true
	n := len(pattern) / 3
	for round := range times {
		for i := range n {
			p := pattern[3*i : 3*i+3]
			kind := patternKinds[int(p[0]&15)%len(patternKinds)]
			name := uint32(1 + p[1]%3)
			if p[1]&4 != 0 {
				name = uint32(10 + round)
			}
			ref := func(k int) uint32 {
				where := [refModes]int{round, round + 1, round - 1, 0, times - 1}[int(p[2]>>4)%refModes]
				if where < 0 || where >= times {
					return 0
				}
				return uint32(where*n + (int(p[2]&15)+k)%n + 1)
			}
			members := 1 + int(p[0]>>4&1)
			switch kind {
			case btf.KindInt:
				b.Add(unitgen.IntWords(name))
			case btf.KindFwd:
				plain = false
				b.Add(unitgen.FwdWords(name))
			case btf.KindEnum:
				vlen := int(p[1] >> 3 & 1)
				plain = plain && vlen == 1
				words := unitgen.Head(name, kind, vlen, false, 4)
				if vlen == 1 {
					words = append(words, 5, uint32(round))
				}
				b.Add(words)
			case btf.KindArray:
				plain = false
				b.Add(unitgen.Head(0, kind, 0, false, 0, 4), ref(0), ref(1))
			case btf.KindStruct, btf.KindUnion:
				plain = plain && members == 1
				words, refs := unitgen.Head(name, kind, members, false, 8), []uint32(nil)
				for k := range members {
					words, refs = append(words, uint32(6+k), 0), append(refs, ref(k))
				}
				b.Add(words, refs...)
			case btf.KindFuncProto:
				plain = plain && members == 1
				words, refs := unitgen.Head(0, kind, members-1, false, 0), []uint32{ref(0)}
				for k := range members - 1 {
					words, refs = append(words, 0), append(refs, ref(k+1))
				}
				b.Add(words, refs...)
			case btf.KindTypedef:
				b.Add(unitgen.Head(name, kind, 0, false, 0), ref(0))
			case btf.KindTypeTag:
				b.Add(unitgen.Head(name, kind, 0, false, 0), ref(0))
			default:
				b.Add(unitgen.Head(0, kind, 0, false, 0), ref(0))
			}
		}
	}
	return b, plain
}

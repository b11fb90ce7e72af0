package btf

import "github.com/gopahole/gopahole/internal/memory"

// newIndex makes room for an index. A kernel's records are 5 to 6 words on average.
func (t *Types) newIndex() []uint32 { return memory.Make[uint32](1, len(t.words)/5+1) }

// buildIndex finds the records. Lengths are compared with what is left before they
// are used, so the index is bounded by the section.
func (t *Types) buildIndex() error {
	words := t.words
	if uint64(len(words))*4 > maxTypeBytes {
		return parseErrorf("types", 0, "section of %d bytes is too long", uint64(len(words))*4)
	}
	most := maxIDs - uint64(t.firstID)
	index := t.newIndex()
	for at := uint(0); at < uint(len(words)); {
		n := uint(0)
		if at+1 < uint(len(words)) {
			info := words[at+1]
			l := &recordLayouts[KindOf(info)]
			n = uint(l.size) + uint(VlenOf(info))*uint(l.elem)
		}
		if n == 0 || n > uint(len(words))-at || uint64(len(index)) > most {
			odd, err := t.oddRecord(int(at), len(index)-1)
			if err != nil {
				return err
			}
			n = uint(odd)
		}
		at += n
		index = append(index, uint32(at))
	}
	t.index = index
	return nil
}

// checkedIndex returns the index if the types are all in order, as the 100,000 of a kernel are
// as a rule, and which of them are DECL_TAGs; nil otherwise. It looks for the largest number of each sort. What is less
// common, such as a FUNC before its FUNC_PROTO or with that in a base, it does not decide:
// buildIndex and checkRecord do, and say what is wrong.
func (t *Types) checkedIndex() (index, declTags []uint32) {
	if uint64(len(t.words))*4 > maxTypeBytes {
		return nil, nil
	}
	x := indexer{words: t.words, index: t.newIndex(), firstID: uint32(t.firstID)}
	x.index = x.index[:cap(x.index)]
	for x.at < len(t.words) {
		switch x.usual(); {
		case x.at == len(t.words):
		case x.n+1 == len(x.index):
			x.index = append(x.index, 0)
			x.index = x.index[:cap(x.index)]
		case x.stopped():
		default:
			return nil, nil
		}
	}
	index = x.index[:x.n+1]
	ids := uint64(t.firstID) + uint64(x.n)
	if ids > maxIDs || x.name >= uint32(t.StringEnd()) || uint64(x.ref) >= ids {
		return nil, nil
	}
	for _, i := range x.unchecked {
		if badWord(t.words[index[i]:index[i+1]], uint32(ids), uint32(t.StringEnd())) >= 0 {
			return nil, nil
		}
	}
	return index, x.declTags
}

// An indexer goes through records and finds out where they are, and the largest name and ID.
type indexer struct {
	words     []uint32
	at        int      // word of the next record
	index     []uint32 // as long as it is large
	n         int      // records
	firstID   uint32
	name, ref uint32
	unchecked []uint32 // records that are not in name and ref with all that they have
	declTags  []uint32 // by their place
}

// usual goes on to the first record that is not usual, or for which the index has no room. It
// sees every word of a kernel's types, so it calls nothing and keeps little at hand.
//
//go:noinline
func (x *indexer) usual() {
	words, at, index, n := x.words, uint(x.at), x.index, x.n
	name, ref := x.name, x.ref
	for at+2 < uint(len(words)) && n+1 < len(index) {
		info := words[at+1]
		if KindOf(info) == KindFunc { // half of them
			proto := words[at+2] - x.firstID
			if proto >= uint32(n) || KindOf(words[index[proto]+1]) != KindFuncProto {
				break
			}
			name = max(name, words[at])
			at += head
			n++
			index[n] = uint32(at)
			continue
		}
		l := &recordLayouts[KindOf(info)]
		end := at + uint(l.size) + uint(VlenOf(info))*uint(l.elem)
		if end > uint(len(words)) || end < at+head || l.stop != 0 {
			break
		}
		name, ref = max(name, words[at]), max(ref, words[at+2]&l.ref)
		at += uint(l.size)
		if l.elem == 2 {
			for ; at < end; at += 2 {
				name, ref = max(name, words[at]&l.elemName), max(ref, words[at+1]&l.elemRef)
			}
		} else {
			for ; at < end; at += 3 {
				name, ref = max(name, words[at]&l.elemName), max(ref, words[at+1]&l.elemRef)
			}
		}
		n++
		index[n] = uint32(at)
	}
	x.at, x.n, x.name, x.ref = int(at), n, name, ref
}

// stopped goes past a record that the masks do not say all of, or a DECL_TAG. False says that the next
// one is something else.
func (x *indexer) stopped() bool {
	rest := x.words[x.at:]
	if len(rest) < head {
		return false
	}
	l := &recordLayouts[KindOf(rest[1])]
	size := uint(l.size) + uint(VlenOf(rest[1]))*uint(l.elem)
	if l.stop == 0 || size < head || size > uint(len(rest)) {
		return false
	}
	x.name = max(x.name, rest[0])
	x.ref = max(x.ref, rest[2]&l.ref)
	switch KindOf(rest[1]) {
	case KindArray: // nearly all are
		x.ref = max(x.ref, rest[head], rest[head+1])
	case KindDeclTag:
		x.declTags = append(x.declTags, uint32(x.n))
	default:
		x.unchecked = append(x.unchecked, uint32(x.n))
	}
	x.at += int(size)
	x.n++
	x.index[x.n] = uint32(x.at)
	return true
}

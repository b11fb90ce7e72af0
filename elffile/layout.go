package elffile

import (
	"cmp"
	"slices"
)

// A piece is a part of the file that the writer may move: the section header table, the
// section names, and sections that get new data or are removed.
type piece struct {
	old    span
	data   []byte // the new contents, nil for none
	write  bool   // data differ from what is at old
	align  uint64 // of the new place, in bytes
	place  uint64 // the result: the file offset of data
	inTail bool   // the old place is part of the tail
}

// A layout finds places for pieces in a file in which all else keeps its place.
//
//	copied from the original           | tail, written anew
//	header, kept sections, holes, ...  | new data, section names, section headers
//
// The tail begins where the pieces at the end of the old file began. It is laid out in a
// fixed order, so that writing the same sections again gives the same file, and writing
// others reuses the place. Before the tail, a piece stays where it is if it fits, and
// leaves a hole of zeros if it does not.
type layout struct {
	f      *File
	kept   []span // what must stay, in no order
	pieces []*piece
	tail   uint64 // where the tail begins; what is before it is copied
	end    uint64 // size of the new file, in bytes
}

// padding is how many zeros may lie between two pieces of the tail, in bytes.
const padding = 16

func (l *layout) arrange() error {
	if err := l.findTail(); err != nil {
		return err
	}
	l.end = l.tail
	for _, p := range l.pieces {
		if p.data == nil || l.staysInPlace(p) {
			p.place = p.old.start
			continue
		}
		p.write = true
		p.place = alignUp(l.end, p.align)
		l.end = p.place + uint64(len(p.data))
		if !l.f.Class64 && l.end > 1<<32-1 {
			return l.f.formatf(p.place, "the new file would be larger than the 4 GiB of a 32-bit ELF file")
		}
	}
	return nil
}

// findTail walks back from the end of the file as long as it finds pieces.
func (l *layout) findTail() error {
	keptEnd := uint64(0)
	for _, k := range l.kept {
		keptEnd = max(keptEnd, k.end)
	}
	byEnd := slices.Clone(l.pieces)
	slices.SortStableFunc(byEnd, func(a, b *piece) int { return cmp.Compare(b.old.end, a.old.end) })

	l.tail = uint64(l.f.Size)
	gap := uint64(padding)
	for _, p := range byEnd {
		if p.old.size() == 0 {
			continue
		}
		ok, err := l.onlyPadding(p.old.end, l.tail, gap)
		if err != nil {
			return err
		}
		if !ok || p.old.start < keptEnd {
			return nil
		}
		l.tail, gap = p.old.start, max(padding, p.align)
		p.inTail = true
	}
	return nil
}

// onlyPadding reports whether there are fewer than limit bytes from start to end, all zero.
func (l *layout) onlyPadding(start, end, limit uint64) (bool, error) {
	if start > end || end-start >= limit {
		return false, nil
	}
	gap := make([]byte, end-start)
	if err := l.f.readAt(gap, start); err != nil {
		return false, err
	}
	return !slices.ContainsFunc(gap, func(b byte) bool { return b != 0 }), nil
}

func (l *layout) staysInPlace(p *piece) bool {
	if p.inTail || p.old.size() == 0 || uint64(len(p.data)) > p.old.size() {
		return false
	}
	return !p.write || l.exclusive(p)
}

// exclusive reports whether nothing else uses the old place of p. In a sound file nothing
// does.
func (l *layout) exclusive(p *piece) bool {
	for _, k := range l.kept {
		if k.overlaps(p.old) {
			return false
		}
	}
	for _, q := range l.pieces {
		if q != p && q.old.overlaps(p.old) {
			return false
		}
	}
	return true
}

// patches returns the changes to a copy of the first l.tail bytes.
func (l *layout) patches() []patch {
	var out []patch
	for _, p := range l.pieces {
		if !p.write {
			continue
		}
		if len(p.data) > 0 {
			out = append(out, patch{off: p.place, data: p.data})
		}
		if p.inTail || p.old.size() == 0 || !l.exclusive(p) {
			continue
		}
		// The rest of the old place becomes zeros: they compress well, and nobody takes them for
		// data.
		dead := p.old
		if p.data != nil && p.place == p.old.start {
			dead.start += uint64(len(p.data))
		}
		if dead.size() > 0 {
			out = append(out, patch{off: dead.start, zero: dead.size()})
		}
	}
	return out
}

package reloc

import (
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
	"github.com/gopahole/gopahole/internal/memory"
)

// textTable has distinct texts. A look-up needs one slot and one text. Look-ups do not
// depend on one another, so the processor can overlap them.
type textTable struct {
	text    []byte   // with NULs, the empty text first
	offsets []uint32 // in text, by number
	seed    texthash.Seed
	slots   []textSlot // open addressing, length a power of two
}

// textSlot has the number and the offset of a text, 0 in free slots.
type textSlot struct{ hash, number, off uint32 }

// textTables are those that are not in use. The next module has most of
// the texts of the last one, so a table has about the right size.
var textTables sync.Pool

const (
	minTextSlots = 1 << 12

	// maxPooledSlots bounds the tables that are kept.
	maxPooledSlots = 1 << 16

	// largeStrings is the size, in bytes, of a section of some 10,000 distinct texts,
	// with which a module takes so long that it is worth asking for huge pages.
	largeStrings = 1 << 20
)

// takeTextTable returns an empty table for a section of some size, in bytes. It is in the memory of text
// and offsets if these have any.
func takeTextTable(size uint64, text []byte, offsets []uint32) *textTable {
	t, _ := textTables.Get().(*textTable)
	if t == nil {
		slots := minTextSlots
		if size >= largeStrings {
			slots = maxPooledSlots
		}
		t = &textTable{seed: texthash.NewSeed(), slots: tableMemory[textSlot](size, slots)[:slots]}
	}
	const most = 1 << 20 // bytes: of small modules half of the section are distinct texts, of large ones 2 %
	if cap(text) == 0 {
		text = tableMemory[byte](size, int(min(size/8*5, most)+1))
	}
	if cap(offsets) == 0 {
		offsets = tableMemory[uint32](size, len(t.slots)/2+1)
	}
	t.text, t.offsets = append(text[:0], 0), append(offsets[:0], 0)
	return t
}

// give takes back a table.
func (t *textTable) give() {
	if t.text, t.offsets = nil, nil; len(t.slots) <= maxPooledSlots {
		clear(t.slots)
		textTables.Put(t)
	}
}

// tableMemory returns memory for n elements of a table for a section of some size.
func tableMemory[T any](size uint64, n int) []T {
	if size >= largeStrings {
		return memory.Make[T](0, n)
	}
	return make([]T, 0, n)
}

// intern returns the number of a text, which ends with a NUL, and adds it if it is new.
func (t *textTable) intern(hash uint32, text []byte) uint32 {
	if len(text) == 1 {
		return 0
	}
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for ; t.slots[i].off != 0; i = (i + 1) & mask {
		if sl := t.slots[i]; sl.hash == hash {
			if has := t.text[sl.off:]; len(has) >= len(text) && string(has[:len(text)]) == string(text) {
				return sl.number
			}
		}
	}
	number, off := uint32(len(t.offsets)), uint32(len(t.text))
	t.text = append(t.text, text...)
	t.offsets = append(t.offsets, off)
	t.slots[i] = textSlot{hash, number, off}
	if 2*int(number) > len(t.slots) {
		t.grow()
	}
	return number
}

func (t *textTable) grow() {
	old := t.slots
	t.slots = make([]textSlot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, sl := range old {
		if sl.off == 0 {
			continue
		}
		i := sl.hash & mask
		for t.slots[i].off != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = sl
	}
}

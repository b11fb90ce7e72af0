package verify

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A Base is BTF that a kernel has accepted and that other BTF may be split from: that
// of vmlinux, or a module's .BTF.base. It does not change, and any number of blobs may
// be judged on it at the same time.
type Base struct {
	b     *blob
	moved relocation
}

// NumIDs is the number of IDs, void included; 0 for BTF without any type, which
// is how a kernel counts.
func (b *Base) NumIDs() int { return int(b.b.numIDs()) }

// StringBytes is the length of the string section.
func (b *Base) StringBytes() int { return len(b.b.strs) }

// blob is a blob on the way through the checks.
type blob struct {
	rules *kernel.Release
	base  *blob // nil for a base
	order binary.ByteOrder
	hdr   header

	raw  []byte
	body []byte // raw from the end of the header on
	strs []byte

	words    []uint32   // records in host order, a last incomplete word left out
	typeLen  uint32     // in bytes
	firstID  btf.ID     // of the own types: 0, for void, in a base
	strStart btf.StrOff // offset of the first own string

	// index has the first word of each type, by ID-firstID. Void has one too.
	index []uint32
	// capacity is the size of the kernel's table of types in types. The table grows
	// as the index does, and not beyond MaxID (kernel: btf_add_type).
	capacity uint32
	surplus  int // types that do not fit into the table

	resolved []resolved // by ID-firstID, at level 2
	walkOnce sync.Once  // of a base, by the first that is split from it
}

// void is the record of type 0.
var void = btf.Record{0, 0, 0}

const voidIndex = ^uint32(0)

func (b *blob) numIDs() btf.ID { return b.firstID + btf.ID(len(b.index)) }

// record returns the record of a type, without a bound at its end, or nil if it
// does not exist.
func (b *blob) record(id btf.ID) btf.Record {
	for id < b.firstID {
		b = b.base
	}
	if id -= b.firstID; id >= btf.ID(len(b.index)) {
		return nil
	}
	if at := b.index[id]; at != voidIndex {
		return b.words[at:]
	}
	return void
}

// add enters the next type. Void comes with the first type of a base: BTF
// without types has no void either.
func (b *blob) add(at uint32) {
	if n := uint32(len(b.index)); n == b.capacity {
		if uint32(b.firstID)+b.capacity == kernel.MaxID || b.capacity == kernel.MaxID {
			b.surplus++
			return
		}
		b.capacity = min(kernel.MaxID, b.capacity+max(b.capacity/4, 16))
		if n == 0 && b.base == nil {
			b.index = append(b.index, voidIndex)
		}
	}
	b.index = append(b.index, at)
}

// str returns the bytes from an offset on, which go up to a NUL byte and on, or
// nil if it is outside.
func (b *blob) str(off btf.StrOff) []byte {
	for off < b.strStart {
		b = b.base
	}
	if off -= b.strStart; off >= btf.StrOff(len(b.strs)) {
		return nil
	}
	return b.strs[off:]
}

// cstr returns the string at an offset, or nil if it is outside.
func (b *blob) cstr(off btf.StrOff) []byte {
	s := b.str(off)
	if n := bytes.IndexByte(s, 0); n >= 0 {
		return s[:n]
	}
	return s
}

// name returns a name as the kernel's log shows it.
func (b *blob) name(off btf.StrOff) string {
	if off == 0 {
		return "(anon)"
	}
	if s := b.str(off); s == nil {
		return "(invalid-name-offset)"
	}
	return string(b.cstr(off))
}

// ownName returns the name of a record for a Finding: "" if it has none.
func (b *blob) ownName(rec btf.Record) string {
	if rec.NameOff() == 0 {
		return ""
	}
	return string(b.cstr(rec.NameOff()))
}

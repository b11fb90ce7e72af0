package btf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unsafe"
)

// ErrOtherIndex says that an index is not one of the BTF that it came with.
var ErrOtherIndex = errors.New("the index is not one of this BTF")

// ParseIndexed is ParseLoose of BTF that stands alone, of which somebody kept [Types.Starts]. It
// copies nothing, so raw and starts must not change any more. raw has to be in the byte order of
// the machine, and in memory at an address that 4 divides.
//
// The error is ErrOtherIndex if raw is not in that order or place, or if the starts cannot be those
// of its records, or else a *ParseError. Records are within raw then, and have three words at the
// least, but need not have the length of their kind: CheckRecord fails for those.
func ParseIndexed(raw []byte, starts []uint32) (*Types, error) {
	h, err := parseHeader(raw[:min(len(raw), longHeader)], uint64(len(raw)))
	if err != nil {
		return nil, err
	}
	t := &Types{order: h.order, longHeader: h.known() == longHeader, firstID: 1}
	for _, b := range raw[h.known():h.size] {
		t.headerRest = t.headerRest || b != 0
	}
	body := raw[h.size:]
	types := body[h.typeOff:][:h.typeLen]
	if !isNative(h.order) || uintptr(unsafe.Pointer(unsafe.SliceData(types)))%4 != 0 {
		return nil, ErrOtherIndex
	}
	if len(types) > 0 {
		t.words = unsafe.Slice((*uint32)(unsafe.Pointer(&types[0])), len(types)/4)
	}
	if text := body[h.strOff:][:h.strLen]; len(text) > 0 {
		t.text = unsafe.String(&text[0], len(text))
	}
	if h.layoutLen != 0 {
		t.layout = parseLayout(body[h.layoutOff:][:h.layoutLen], h.order)
	}
	if err := t.checkStrings(); err != nil {
		return nil, err
	}
	if err := t.layoutError(); err != nil {
		return nil, err
	}
	if !t.isIndex(starts) {
		return nil, ErrOtherIndex
	}
	t.index = starts
	t.find, t.names = new(stringIndex), new(nameIndex)
	return t, nil
}

// isIndex reports whether starts are those of records of three words and more, up to the last
// word. Whether they have the length that their kind says, CheckRecord tells.
func (t *Types) isIndex(starts []uint32) bool {
	if len(starts) == 0 || starts[0] != 0 || uint64(len(starts)) > maxIDs || uint64(len(t.words))*4 > maxTypeBytes {
		return false
	}
	// There is one for each type of a kernel: no branches.
	last, all := int64(0), int64(0)
	for _, start := range starts[1:] {
		at := int64(start)
		all |= at - last - head // below 0 if the record is too short
		last = at
	}
	return all >= 0 && last == int64(len(t.words))
}

// checkLength checks that own record i has the length of its kind, as it may not where an index
// was damaged.
func (t *Types) checkLength(i int) error {
	at, end := int(t.index[i]), int(t.index[i+1])
	n, ok := RecordWords(KindOf(t.words[at+1]), VlenOf(t.words[at+1]))
	var err error
	if !ok {
		n, err = t.oddRecord(at, i)
	}
	if n != end-at || err != nil {
		return fmt.Errorf("[%d]: %w", t.firstID+ID(i), ErrOtherIndex)
	}
	return nil
}

func isNative(order binary.ByteOrder) bool {
	one := []byte{1, 0}
	return binary.NativeEndian.Uint16(one) == order.Uint16(one)
}

// Find returns where a file of size bytes has BTF that stands alone, without reading it: what
// [Load] reads. It is nil if the file has a section .BTF.base. Errors are as for [ReadSections].
func Find(r io.ReaderAt, size int64) (*io.SectionReader, error) {
	f, err := findBTF(r, size)
	if err != nil || f.base != nil {
		return nil, err
	}
	return f.btf, nil
}

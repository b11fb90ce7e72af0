package elffile

import "debug/elf"

// headerSpans returns the places of the file header and the program headers.
func (f *File) headerSpans() []span {
	w := f.wire()
	spans := []span{{0, w.ehdr}}
	if f.hdr.phnum > 0 && f.hdr.phoff > 0 {
		spans = append(spans, span{f.hdr.phoff, f.hdr.phoff + uint64(f.hdr.phnum)*w.phdr})
	}
	return spans
}

// segments returns the file ranges of the program headers. Those of a separate debug file
// may describe the stripped file: if one does not fit this file, none is used. (Once such
// a file has grown so much that it fits, the next change may make it grow again.)
func (f *File) segments() ([]span, error) {
	w := f.wire()
	num := uint64(f.hdr.phnum)
	if num == 0 || f.hdr.phoff == 0 {
		return nil, nil
	}
	if num > uint64(f.Size) || !f.inFile(f.hdr.phoff, num*w.phdr) {
		return nil, f.formatf(f.hdr.phoff, "%d program headers do not fit the file of %d bytes: it is truncated or damaged", num, f.Size)
	}
	if f.hdr.phoff < w.ehdr {
		return nil, f.formatf(f.hdr.phoff, "the program headers lie in the ELF header")
	}
	table := make([]byte, num*w.phdr)
	if err := f.readAt(table, f.hdr.phoff); err != nil {
		return nil, err
	}
	var spans []span
	for ; len(table) > 0; table = table[w.phdr:] {
		var off, size uint64
		if f.Class64 {
			off, size = f.Order.Uint64(table[8:]), f.Order.Uint64(table[32:])
		} else {
			off, size = uint64(f.Order.Uint32(table[4:])), uint64(f.Order.Uint32(table[16:]))
		}
		if elf.ProgType(f.Order.Uint32(table)) == elf.PT_NULL || size == 0 {
			continue
		}
		if !f.inFile(off, size) {
			return nil, nil
		}
		spans = append(spans, span{off, off + size})
	}
	return spans, nil
}

package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The decompressor allocates what the header of a block asks for as its
// dictionary, up to 4 GiB, before it looks at any data. scanXZ walks over the
// file first, which needs no decompression:
//
//	stream  magic 6, flags 2, CRC 4 | blocks | index | footer
//	block   header size / 4 - 1, flags, [sizes,] filters, ..., CRC | chunks | padding to 4 | check
//	chunk   0: end; 1, 2: size - 1 (2 bytes, big endian), data
//	        0x80 and above: low bits of uncompressed size - 1 (2), size - 1 (2), [properties,] data
//
// (The .xz File Format 1.2, sections 2 and 3; LZMA2 as in xz's lzma2_decoder.c.)

const (
	xzMagic      = "\xfd7zXZ\x00"
	xzStreamHead = 12
	xzLZMA2      = 0x21 // filter ID
)

var errXZ = errors.New("damaged or truncated")

// xzCheckSizes are the sizes in bytes of the check behind a block, by its ID.
var xzCheckSizes = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}

// scanXZ returns the uncompressed length of the first stream of raw. Kernel
// modules have one, and so have the files that xz writes; others are refused.
func scanXZ(raw []byte) (size int64, err error) {
	if len(raw) < xzStreamHead {
		return 0, errXZ
	}
	check := xzCheckSizes[raw[7]&0xf]
	at := xzStreamHead
	for {
		if at >= len(raw) {
			return 0, errXZ
		}
		if raw[at] == 0 { // the index
			return size, oneStream(raw[at:])
		}
		head := int(raw[at])*4 + 4
		if head > len(raw)-at {
			return 0, errXZ
		}
		if err := checkBlockHead(raw[at:][:head]); err != nil {
			return 0, err
		}
		at += head
		n, unpacked, err := scanChunks(raw[at:])
		if err != nil {
			return 0, err
		}
		size += unpacked
		at += n + (4-n%4)%4 + check
	}
}

// checkBlockHead checks that a block has one filter, LZMA2 with a dictionary
// within the bound. Kernels know no other but those for machine code.
func checkBlockHead(head []byte) error {
	flags := head[1]
	at := 2
	for _, has := range []bool{flags&0x40 != 0, flags&0x80 != 0} { // compressed, uncompressed size
		if !has {
			continue
		}
		_, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return errXZ
		}
		at += n
	}
	if flags&3 != 0 || len(head)-at < 3 || head[at] != xzLZMA2 || head[at+1] != 1 {
		return fmt.Errorf("filters other than LZMA2 are not supported")
	}
	bits := head[at+2]
	if bits > 40 {
		return errXZ
	}
	if dict := uint64(2|bits&1) << (bits/2 + 11); dict > maxDictionary {
		return fmt.Errorf("needs a dictionary of %d MiB, the limit is %d", dict>>20, maxDictionary>>20)
	}
	return nil
}

// scanChunks returns the length of the chunks of a block with their end mark,
// and what they decompress to.
func scanChunks(raw []byte) (n int, unpacked int64, err error) {
	for n < len(raw) {
		control := raw[n]
		switch {
		case control == 0:
			return n + 1, unpacked, nil
		case control > 2 && control < 0x80 || len(raw)-n < 6:
			return 0, 0, errXZ
		case control <= 2:
			size := int(binary.BigEndian.Uint16(raw[n+1:])) + 1
			unpacked += int64(size)
			n += 3 + size
		default:
			unpacked += int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(raw[n+1:])) + 1
			n += 5 + int(binary.BigEndian.Uint16(raw[n+3:])) + 1
			if control >= 0xc0 {
				n++
			}
		}
	}
	return 0, 0, errXZ
}

// oneStream checks that the index is followed by its footer and nothing else.
// The footer has the index's size in units of 4, less 1.
func oneStream(index []byte) error {
	const footer = 12
	if len(index) < footer || string(index[len(index)-2:]) != "YZ" {
		return errXZ
	}
	size := int64(binary.LittleEndian.Uint32(index[len(index)-8:]))*4 + 4
	if size != int64(len(index)-footer) {
		return errors.New("more than one stream is not supported")
	}
	return nil
}

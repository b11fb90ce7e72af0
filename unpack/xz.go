package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// xzCheckSizes are the sizes in bytes of the check after a block, by the ID of the check.
var xzCheckSizes = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}

// scanXZ returns the decompressed length of a file of length bytes, and the size of the
// largest dictionary that it asks for. The file must have one stream, as kernel modules
// and the files that xz writes have.
func scanXZ(file io.ReaderAt, length int64) (size, dictionary int64, err error) {
	w := &scanWindow{file: file, size: length, buf: make([]byte, 0, scanSize)}
	start, err := w.at(0, xzStreamHead)
	if err != nil {
		return 0, 0, err
	}
	check := int64(xzCheckSizes[start[7]&0xf])
	at := int64(xzStreamHead)
	for {
		first, err := w.at(at, 1)
		if err != nil {
			return 0, 0, err
		}
		if first[0] == 0 { // the index
			return size, dictionary, w.oneStream(at)
		}
		head, err := w.at(at, int64(first[0])*4+4)
		if err != nil {
			return 0, 0, err
		}
		dict, err := checkBlockHead(head)
		if err != nil {
			return 0, 0, err
		}
		dictionary = max(dictionary, dict)
		at += int64(len(head))
		end, unpacked, err := w.scanChunks(at)
		if err != nil {
			return 0, 0, err
		}
		size += unpacked
		at = end + (4-(end-at)%4)%4 + check
	}
}

// A scanWindow reads a file of size bytes forwards, with jumps.
type scanWindow struct {
	file io.ReaderAt
	size int64
	buf  []byte
	off  int64 // of buf
}

const scanSize = 64 << 10 // bytes, more than anything that is looked at

// at returns n bytes at an offset. The next call overwrites them. The error is errXZ if the
// file ends before.
func (w *scanWindow) at(off, n int64) ([]byte, error) {
	if off < 0 || off > w.size || n > w.size-off {
		return nil, errXZ
	}
	if off < w.off || off+n > w.off+int64(len(w.buf)) {
		w.buf, w.off = w.buf[:min(int64(cap(w.buf)), w.size-off)], off
		if got, err := w.file.ReadAt(w.buf, off); got < len(w.buf) {
			w.buf = w.buf[:0]
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return w.buf[off-w.off:][:n], nil
}

// checkBlockHead checks that the only filter of a block is LZMA2, and returns the size of
// its dictionary if that is within the bound. Modules have no other filters.
func checkBlockHead(head []byte) (dictionary int64, err error) {
	flags := head[1]
	at := 2
	for _, has := range []bool{flags&0x40 != 0, flags&0x80 != 0} { // compressed, uncompressed size
		if !has {
			continue
		}
		_, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return 0, errXZ
		}
		at += n
	}
	if flags&3 != 0 || len(head)-at < 3 || head[at] != xzLZMA2 || head[at+1] != 1 {
		return 0, fmt.Errorf("filters other than LZMA2 are not supported")
	}
	bits := head[at+2]
	if bits > 40 {
		return 0, errXZ
	}
	dict := int64(2|bits&1) << (bits/2 + 11)
	if dict > maxDictionary {
		return 0, fmt.Errorf("needs a dictionary of %d MiB, the limit is %d", dict>>20, maxDictionary>>20)
	}
	return dict, nil
}

// scanChunks walks over the chunks of a block, which begin at an offset. It returns where
// they end, with their end mark, and how many bytes they decompress to.
func (w *scanWindow) scanChunks(at int64) (end, unpacked int64, err error) {
	for {
		c, err := w.at(at, 1)
		if err != nil {
			return 0, 0, err
		}
		control := c[0]
		if control == 0 {
			return at + 1, unpacked, nil
		}
		if control > 2 && control < 0x80 {
			return 0, 0, errXZ
		}
		if c, err = w.at(at, 6); err != nil {
			return 0, 0, err
		}
		if control <= 2 {
			size := int64(binary.BigEndian.Uint16(c[1:])) + 1
			unpacked += size
			at += 3 + size
			continue
		}
		unpacked += int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(c[1:])) + 1
		at += 5 + int64(binary.BigEndian.Uint16(c[3:])) + 1
		if control >= 0xc0 {
			at++
		}
	}
}

// oneStream checks that nothing but a footer follows the index at an offset. The footer has
// the index's size in units of 4 bytes, less 1.
func (w *scanWindow) oneStream(index int64) error {
	const footer = 12
	end, err := w.at(w.size-footer, footer)
	if err != nil || w.size-footer < index || string(end[footer-2:]) != "YZ" {
		return errXZ
	}
	size := int64(binary.LittleEndian.Uint32(end[footer-8:]))*4 + 4
	if size != w.size-footer-index {
		return errors.New("more than one stream is not supported")
	}
	return nil
}

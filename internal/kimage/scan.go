package kimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// window is how much of an image is looked at once, in bytes.
const window = 1 << 20

// each calls f with one window of a file after the other until it returns false. Each window
// also has the first overlap bytes of the next.
func each(r io.ReaderAt, size int64, overlap int, f func(off int64, data []byte) bool) error {
	buf := make([]byte, window+overlap)
	for off := int64(0); off < size; off += window {
		data := buf[:min(int64(len(buf)), size-off)]
		if n, err := r.ReadAt(data, off); n < len(data) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if !f(off, data) {
			return nil
		}
	}
	return nil
}

// index returns the first place of text at which it is what it seems, -1 if there is none. is sees
// startSize bytes.
func index(r io.ReaderAt, size int64, text string, is func(start []byte) bool) (at int64, err error) {
	at = -1
	err = each(r, size, startSize-1, func(off int64, data []byte) bool {
		for i := 0; i < len(data); i++ {
			n := bytes.Index(data[i:], []byte(text))
			if n < 0 {
				break
			}
			if i += n; len(data)-i >= startSize && is(data[i:i+startSize]) {
				at = off + int64(i)
				break
			}
		}
		return at < 0
	})
	return at, err
}

// FindBTF returns where the kernel's BTF is in an Image. There may be BTF of BPF
// programs that are part of the kernel; the kernel's own is the largest.
func FindBTF(r io.ReaderAt, size int64) (offset, length int64, err error) {
	err = each(r, size, 32, func(off int64, data []byte) bool {
		for _, magic := range []string{"\x9f\xeb\x01", "\xeb\x9f\x01"} {
			for at := 0; ; at++ {
				i := bytes.Index(data[at:], []byte(magic))
				if i < 0 {
					break
				}
				at += i
				if at >= window { // comes again in the next window
					break
				}
				if n := btfLength(data[at:], magic); n > length && n <= size-off-int64(at) && endsInNUL(r, off+int64(at)+n) {
					offset, length = off+int64(at), n
				}
			}
		}
		return true
	})
	if err == nil && length == 0 {
		err = errors.New("there is no BTF in it: the kernel was built without")
	}
	return offset, length, err
}

// btfLength returns the length of the BTF that begins with head, 0 if that is no header
// (btf.rst, struct btf_header) of a kernel's BTF: types, and strings after them.
func btfLength(head []byte, magic string) int64 {
	if len(head) < 24 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if magic[0] == 0xeb {
		order = binary.BigEndian
	}
	word := func(at int) int64 { return int64(order.Uint32(head[at:])) }
	headLen, typeOff, typeLen, strOff, strLen := word(4), word(8), word(12), word(16), word(20)
	if headLen != 24 && headLen != 32 || typeOff != 0 || typeLen < minTypes || typeLen%4 != 0 || strOff < typeLen || strLen < 2 {
		return 0
	}
	return headLen + strOff + strLen
}

// minTypes is fewer than the bytes of types of any kernel.
const minTypes = 512

// endsInNUL reports whether the byte before an offset is the end of a string.
func endsInNUL(r io.ReaderAt, off int64) bool {
	var last [1]byte
	n, _ := r.ReadAt(last[:], off-1)
	return n == 1 && last[0] == 0
}

// banner begins the text that a kernel prints first.
const banner = "Linux version "

// FindRelease returns the release in the text that a kernel prints first, wherever that is
// in the file; "" if it is nowhere.
func FindRelease(r io.ReaderAt, size int64) string {
	release := ""
	_ = each(r, size, len(banner)+64, func(_ int64, data []byte) bool {
		for rest := data; release == ""; {
			_, after, ok := bytes.Cut(rest, []byte(banner))
			if !ok {
				return true
			}
			word, _, ok := strings.Cut(string(after[:min(len(after), 64)]), " ")
			if ok && word != "" && word[0] >= '0' && word[0] <= '9' { // and not a format of printk
				release = word
			}
			rest = after
		}
		return false
	})
	return release
}

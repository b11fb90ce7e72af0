package quote

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// AppendCString appends what [Name] returns for the string that text begins with, and that
// ends before the first NUL byte. There has to be one.
//
// It looks at eight bytes at a time, and copies them at once, where there is room for them in dst.
func AppendCString(dst []byte, text string) []byte {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := len(dst)
	to := dst[n:cap(dst)]
	for at := 0; at <= len(text)-8 && at <= len(to)-8; at += 8 {
		from := text[at : at+8]
		v := uint64(from[0]) | uint64(from[1])<<8 | uint64(from[2])<<16 | uint64(from[3])<<24 |
			uint64(from[4])<<32 | uint64(from[5])<<40 | uint64(from[6])<<48 | uint64(from[7])<<56
		binary.LittleEndian.PutUint64(to[at:at+8], v)
		// The high bit of a byte is set in these if it is no more than what the name says, and
		// perhaps above such a byte, but never below the first.
		control := (v - ' '*ones) &^ v
		slash := v ^ '\\'*ones
		odd := (v | (v + ones) | control | (slash-ones)&^slash) & highs
		if odd == 0 {
			continue
		}
		if first := bits.TrailingZeros64(odd) / 8; from[first] == 0 {
			return dst[:n+at+first]
		}
		break
	}
	return AppendName(dst, text[:strings.IndexByte(text, 0)])
}

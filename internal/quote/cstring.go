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
	rest := text
	for n := len(dst); len(rest) >= 8 && cap(dst)-n >= 8; n += 8 {
		v := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		binary.LittleEndian.PutUint64(dst[n:n+8], v)
		// The high bit of a byte is set in these if it is no more than what the name says, and
		// perhaps above such a byte, but never below the first.
		zero := (v - ones) &^ v & highs
		control := (v - ' '*ones) &^ v
		slash := v ^ '\\'*ones
		odd := (v | (v + ones) | control | (slash-ones)&^slash) & highs
		if odd != 0 {
			if zero != 0 && odd&-odd == zero&-zero {
				return dst[:n+bits.TrailingZeros64(zero)/8]
			}
			break
		}
		rest = rest[8:]
	}
	return AppendName(dst, text[:strings.IndexByte(text, 0)])
}

package btf

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// decimal returns a number of up to eight digits in decimal: the digits, the first one in the
// lowest byte, and how many they are. It returns none for a larger number, which few are.
//
// It works on all digits at once: on two numbers of four digits, which become four of two and
// then eight of one. A division is a multiplication and a shift, exact for numbers of that size.
func decimal(v uint32) (text uint64, n int) {
	if v >= 1e8 {
		return 0, 0
	}
	const hundreds, tens, ones = 0x7f_0000007f, 0x000f_000f_000f_000f, 0x3030303030303030
	four := uint64(v/1e4) | uint64(v%1e4)<<32
	high := four * 10486 >> 20 & hundreds // by 100
	two := high | (four-100*high)<<16
	high = two * 103 >> 10 & tens // by 10
	one := high | (two-10*high)<<8
	skip := bits.TrailingZeros64(one|1<<56) &^ 7 // zeros in front, but not the last digit
	return (one | ones) >> skip, 8 - skip/8
}

// appendUint appends a number in decimal.
func appendUint(dst []byte, v uint32) []byte {
	end := len(dst)
	if text, n := decimal(v); n > 0 && cap(dst)-end >= 8 {
		binary.LittleEndian.PutUint64(dst[end:end+8], text)
		return dst[:end+n]
	}
	return strconv.AppendUint(dst, uint64(v), 10)
}

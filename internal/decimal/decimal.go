// Package decimal writes numbers into text, all their digits at once. The text of a kernel's types has a million numbers.
package decimal

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

const zeros = 0x3030303030303030 // as text

// limit is the first number that has more than eight digits.
const limit = 1e8

// Text returns a number of up to eight digits in decimal: the digits, the first one in the
// lowest byte, and how many they are. It returns none for a larger number, which few are.
func Text(v uint32) (text uint64, n int) {
	if v >= limit {
		return 0, 0
	}
	digits := digitsOf(v)
	skip := bits.TrailingZeros64(digits|1<<56) &^ 7 // zeros in front, but not the last digit
	return (digits | zeros) >> skip, 8 - skip/8
}

// Right returns a number of up to eight digits at the right end of a column of eight bytes, the first one in the lowest
// byte, after spaces. ok is false for a larger number.
func Right(v uint32) (text uint64, ok bool) {
	if v >= limit {
		return 0, false
	}
	digits := digitsOf(v)
	front := uint64(1)<<(bits.TrailingZeros64(digits|1<<56)&^7) - 1
	return digits | zeros&^(front&(zeros^'\x20'*0x0101010101010101)), true
}

// digitsOf returns the eight digits of a number, the first one in the lowest byte.
//
// It works on all digits at once: on two numbers of four digits, which become four of two and
// then eight of one. A division is a multiplication and a shift, exact for numbers of that size.
func digitsOf(v uint32) uint64 {
	const hundreds, tens = 0x7f_0000007f, 0x000f_000f_000f_000f
	four := uint64(v/1e4) | uint64(v%1e4)<<32
	high := four * 10486 >> 20 & hundreds // by 100
	two := high | (four-100*high)<<16
	high = two * 103 >> 10 & tens // by 10
	return high | (two-10*high)<<8
}

// Append appends a number in decimal.
func Append(dst []byte, v uint32) []byte {
	end := len(dst)
	if text, n := Text(v); n > 0 && cap(dst)-end >= 8 {
		binary.LittleEndian.PutUint64(dst[end:end+8], text)
		return dst[:end+n]
	}
	return strconv.AppendUint(dst, uint64(v), 10)
}

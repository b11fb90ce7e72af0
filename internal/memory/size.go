package memory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const mebibyte = 1 << 20

// Parse reads a size: a number with K, M, G or T after it, powers of 1024, or of bytes;
// or "none" for Unlimited.
func Parse(text string) (int64, error) {
	if text == "none" {
		return Unlimited, nil
	}
	number, shift := text, 0
	if i := strings.IndexAny(text, "kKmMgGtT"); i >= 0 && i == len(text)-1 {
		number, shift = text[:i], 10*(1+strings.IndexByte("KMGT", strings.ToUpper(text)[i]))
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.Trim(number, "0123456789.") != "" {
		return 0, fmt.Errorf("'%s' is no size; one reads 512M, 2G or none", text)
	}
	switch n *= float64(int64(1) << shift); {
	case n < mebibyte:
		return 0, fmt.Errorf("'%s' is less than the least limit, 1M", text)
	case n >= math.MaxInt64:
		return Unlimited, nil
	}
	return int64(n), nil
}

// Format returns a size for people.
func Format(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < mebibyte:
		return fmt.Sprintf("%d KiB", n>>10)
	case n < 10<<30:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d GiB", n>>30)
}

// FormatOption returns a size, rounded up, that Parse reads.
func FormatOption(n int64) string { return fmt.Sprintf("%dM", (n+mebibyte-1)>>20) }

package layout

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/internal/decimal"
)

// The text of a type is built in Printer.buf, and becomes whole when all of it was said.

const (
	textRoom   = 1 << 16 // bytes that are written at a time
	textExcess = 1 << 12 // and what most types that are printed next still fit into
)

// finish ends the text of a type. Nothing is left of it if it could not be said. What is worth a
// call is written.
func (p *Printer) finish() error {
	if p.classes.err != nil {
		p.buf = p.buf[:p.whole]
		return p.classes.err
	}
	if p.whole = len(p.buf); p.whole < textRoom {
		return nil
	}
	return p.flush()
}

// flush writes what is whole.
func (p *Printer) flush() error {
	if p.whole == 0 {
		return nil
	}
	_, err := p.w.Write(p.buf[:p.whole])
	p.buf, p.whole = p.buf[:0], 0
	return err
}

// flushAfter is for what prints one type.
func (p *Printer) flushAfter(err error) error {
	if flushed := p.flush(); err == nil {
		err = flushed
	}
	return err
}

func (p *Printer) str(s string) { p.buf = append(p.buf, s...) }

// printf prints numbers for each %d, and strings for %s. Package fmt would have each number
// on the heap.
func (p *Printer) printf(format string, args ...any) {
	for _, arg := range args {
		at := strings.IndexByte(format, '%')
		p.str(format[:at])
		format = format[at+2:]
		switch v := arg.(type) {
		case string:
			p.str(v)
		case int:
			p.buf = strconv.AppendInt(p.buf, int64(v), 10)
		case int32:
			p.buf = strconv.AppendInt(p.buf, int64(v), 10)
		case int64:
			p.buf = strconv.AppendInt(p.buf, v, 10)
		case uint8:
			p.uint(uint32(v))
		case uint16:
			p.uint(uint32(v))
		case uint32:
			p.uint(v)
		case uint64:
			p.buf = strconv.AppendUint(p.buf, v, 10)
		}
	}
	p.str(format)
}

func (p *Printer) uint(v uint32) { p.buf = decimal.Append(p.buf, v) }

func (p *Printer) int(v int32) {
	if v >= 0 {
		p.uint(uint32(v))
	} else {
		p.buf = strconv.AppendInt(p.buf, int64(v), 10)
	}
}

// count prints a label and a number.
func (p *Printer) count(label string, n uint32) {
	p.str(label)
	p.uint(n)
}

// padded writes a string in a column, of n or, as C has it, -n characters.
func (p *Printer) padded(s string, n int) {
	start := len(p.buf)
	p.str(s)
	p.column(start, n)
}

// column ends a column of n or -n characters, which begins at start.
func (p *Printer) column(start, n int) { p.buf = appendColumn(p.buf, start, max(n, -n)) }

// appendColumn ends a column of n characters, which begins at start.
func appendColumn(b []byte, start, n int) []byte {
	end := start + n
	for len(b) < end {
		b = slices.Grow(b, manySpaces)
		from := len(b)
		*(*[manySpaces]byte)(b[from : from+manySpaces]) = spaces // which is known to need no call
		b = b[:min(end, from+manySpaces)]
	}
	return b
}

const manySpaces = 32

var spaces = [manySpaces]byte([]byte(strings.Repeat(" ", manySpaces)))

const tabs = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"

func (p *Printer) tabs(n int) {
	if n == 1 { // as in most lines
		p.buf = append(p.buf, '\t')
		return
	}
	p.str(tabs[:min(n, len(tabs))])
}

// placeLen is the length of a comment with an offset and a size that are not too long for their
// columns, and of what is written after it before that is known.
const placeLen, placeRoom = len("/*     0     8 */"), 24

// appendPlace appends the comment with the offset and size of a member that is no bit-field.
func appendPlace(b []byte, offset, size uint32) []byte {
	b = slices.Grow(b, placeRoom)
	to := b[len(b) : len(b)+placeRoom]
	left, _ := decimal.Right(offset)
	right, _ := decimal.Right(size)
	binary.LittleEndian.PutUint64(to[0:], left)
	binary.LittleEndian.PutUint64(to[8:], right>>16)
	copy(to[0:2], "/*")
	copy(to[14:17], " */")
	return b[:len(b)+placeLen]
}

package layout

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"sync"

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

func (p *Printer) uint(v uint32) {
	if v < 10 { // most are
		p.buf = append(p.buf, '0'+byte(v))
		return
	}
	p.buf = decimal.Append(p.buf, v)
}

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

// A place is the comment with the offset and size of a member. emptyPlace has spaces after it, so that it can be
// copied without a call.
const placeLen = len("/*     0     8 */")

var emptyPlace = [24]byte([]byte("/*             */       "))

// appendPlace appends a place whose numbers have no more than five digits, of a member that is no
// bit-field.
func (p *Printer) appendPlace(b []byte, offset, size uint32) []byte {
	b = slices.Grow(b, len(emptyPlace))
	place := b[len(b) : len(b)+len(emptyPlace)]
	*(*[len(emptyPlace)]byte)(place) = emptyPlace
	p.putRight((*[5]byte)(place[3:]), offset)
	p.putRight((*[5]byte)(place[9:]), size)
	return b[:len(b)+placeLen]
}

// putRight puts a number of no more than five digits at the right end of a column.
func (p *Printer) putRight(column *[5]byte, v uint32) {
	if v < uint32(len(p.short)) {
		binary.LittleEndian.PutUint32(column[1:], p.short[v])
		return
	}
	text, _ := decimal.Right(v)
	binary.LittleEndian.PutUint32(column[:], uint32(text>>24))
	column[4] = byte(text >> 56)
}

// shortNumbers are those of up to three digits at the right end of a column of four bytes, the first
// one in the lowest byte. Most offsets and sizes are short.
var shortNumbers = sync.OnceValue(func() *[1000]uint32 {
	var all [1000]uint32
	for v := range all {
		text, _ := decimal.Right(uint32(v))
		all[v] = uint32(text >> 32)
	}
	return &all
})

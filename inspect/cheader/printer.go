package cheader

import (
	"io"
	"strconv"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/nametable"
)

// A printer writes types one after the other, and remembers which it wrote.
type printer struct {
	types  *btf.Types
	states []state // by ID
	queue  []btf.ID

	seen

	tags    *nametable.Table // uses of the names of structs, unions and enums
	idents  *nametable.Table // of those of typedefs and enumerators
	numbers map[btf.ID]int

	layouts layouts
	chain   []btf.ID // the declarations being written, the innermost last

	sortAll bool // also what writes nothing, for tests

	work  int // what may still be done
	depth int
	err   error // the first one; what follows it does not count

	w   io.Writer
	buf []byte
}

// A state is what was done about a type.
type state uint8

const (
	sequencing state = 1 << iota // on the path from the type that is asked for
	sequenced                    // in the queue, or nothing has to be
	emitting                     // its definition is being written
	emitted
	declared   // by a forward declaration, or a typedef before what it is of
	named      // its name was given
	numbered   // with a number, which is in numbers
	referenced // by another type
)

func (s *state) set(flags state)   { *s |= flags }
func (s *state) clear(flags state) { *s &^= flags }
func (s state) has(flags state) bool {
	return s&flags != 0
}

const (
	bufSize = 1 << 16
	// Types of kernels nest less than 50 deep. Go's stack would bear more than this.
	maxDepth = 2000
	// A step is a type that is looked at on the way. The kernels measured take
	// less than 4 for each word of their records.
	stepsPerWord = 64
	minSteps     = 1 << 16
)

func newPrinter(w io.Writer, t *btf.Types, pointer int) *printer {
	if pointer == 0 {
		pointer = t.PointerSize()
	}
	words := 0
	for b := t; b != nil; b = b.Base() {
		words += len(b.Words())
	}
	p := &printer{
		types:   t,
		states:  make([]state, t.NumIDs()),
		numbers: make(map[btf.ID]int),
		layouts: newLayouts(t, pointer),
		work:    minSteps + stepsPerWord*words,
		w:       w,
		buf:     make([]byte, 0, bufSize+bufSize/4),
	}
	p.states[0] = sequenced | emitted
	p.look(t)
	p.tags, p.idents = nametable.New(t, p.tagged), nametable.New(t, p.typedefs+p.values)
	return p
}

// step counts one type against what may be done, and reports whether to go on.
func (p *printer) step(id btf.ID) bool {
	if p.work--; p.work < 0 || p.depth > maxDepth {
		p.fail(&WorkError{id})
	}
	return p.err == nil
}

func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

func (p *printer) uint(n uint64) { p.buf = strconv.AppendUint(p.buf, n, 10) }
func (p *printer) int(n int64)   { p.buf = strconv.AppendInt(p.buf, n, 10) }

// line begins a new line at a level of indentation. bpftool has 13 levels at most.
func (p *printer) line(level int) {
	if level == 1 { // as most are
		p.str("\n\t")
		return
	}
	p.str("\n")
	p.indent(level)
}

func (p *printer) indent(level int) { p.str(indents[:min(level, len(indents))]) }

const indents = "\t\t\t\t\t\t\t\t\t\t\t\t\t"

func (p *printer) flush() error {
	if p.err != nil {
		return p.err
	}
	_, err := p.w.Write(p.buf)
	p.buf = p.buf[:0]
	p.fail(err)
	return p.err
}

// flushFull writes what there is once it is worth a call.
func (p *printer) flushFull() error {
	if p.err == nil && len(p.buf) < bufSize {
		return nil
	}
	return p.flush()
}

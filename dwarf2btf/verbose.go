package dwarf2btf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// The lines that pahole 1.32 -V prints for each type as it is added, before
// deduplication. Scripts search them, so words and order are pahole's. The
// caller merges at the end, in which graph IDs are the IDs of that moment.

// verboseFile prints what comes before the types of a CU: the first file, once, or
// why the CU is left out.
func (e *encoder) verboseFile(c *unit.CU) {
	if e.opts.Verbose == nil {
		return
	}
	if c.Filtered {
		e.file.Verbose("%s", c.Reason)
		return
	}
	if e.main != nil {
		return
	}
	if !e.file.HasPerCPU() {
		e.file.Verbose("btf_encoder__new: '%s' doesn't have '%s' section\n", quote.Name(e.file.ELF().Name), unit.PerCPUSection)
	}
	e.file.Verbose("File %s:\n", quote.Name(e.file.ELF().Name))
	if e.opts.flatArrays() && e.opts.Arrays == ArraysAuto {
		e.file.Verbose("All dimensions are encoded as one, as the base has no array of arrays.\n")
	}
}

// printer prints the types of a unit.
type printer struct {
	e      *encoder
	first  uint32 // ID of local number 1
	unit   *typegraph.Unit
	signed []unit.Enum
	buf    strings.Builder
}

// printTypes prints the types of u from index lo to hi. first is the ID of the
// first type of u.
func (e *encoder) printTypes(u *typegraph.Unit, first uint32, lo, hi int) {
	if e.opts.Verbose == nil {
		return
	}
	p := printer{e: e, first: first, unit: u, signed: e.signed}
	for i := lo; i < hi; i++ {
		p.buf.Reset()
		p.line(i)
		e.file.Verbose("%s", p.buf.String())
	}
}

func (p *printer) name(id uint32) string {
	if id == 0 {
		return "(anon)"
	}
	return p.e.name(id)
}

// name returns a name as it is printed.
func (e *encoder) name(id uint32) string { return quote.Name(string(e.names.Bytes(id))) }

// id turns an edge into a type ID.
func (p *printer) id(edge typegraph.Ref) uint32 {
	switch {
	case edge == typegraph.Void:
		return 0
	case edge.IsInGraph():
		return edge.ID()
	}
	return p.first + edge.Number() - 1
}

var intEncodings = map[uint32]string{0: "(none)", 1: "SIGNED", 2: "CHAR", 4: "BOOL"}

func (p *printer) line(i int) {
	words := p.e.shapes.Words(p.unit.Shapes[i])
	edges := p.unit.Edges[p.unit.Start[i]:p.unit.Start[i+1]]
	kind := btf.KindOf(words[1])
	fmt.Fprintf(&p.buf, "[%d] %s %s ", p.first+uint32(i), kind, p.name(words[0]))
	switch kind {
	case btf.KindInt:
		fmt.Fprintf(&p.buf, "size=%d nr_bits=%d encoding=%s\n", words[2], words[3]&0xff, intEncodings[words[3]>>24])
	case btf.KindFloat:
		fmt.Fprintf(&p.buf, "size=%d nr_bits=%d\n", words[2], 8*words[2])
	case btf.KindArray:
		fmt.Fprintf(&p.buf, "type_id=%d index_type_id=%d nr_elems=%d\n", p.id(edges[0]), p.id(edges[1]), words[3])
	case btf.KindFwd:
		if btf.KindFlag(words[1]) {
			p.buf.WriteString("union\n")
		} else {
			p.buf.WriteString("struct\n")
		}
	case btf.KindStruct, btf.KindUnion:
		p.members(words, edges)
	case btf.KindEnum, btf.KindEnum64:
		p.enumerators(words, uint32(i+1))
	case btf.KindFuncProto:
		p.params(words, edges)
	case btf.KindVar:
		fmt.Fprintf(&p.buf, "type=%d linkage=%d\n", p.id(edges[0]), words[3])
	case btf.KindDatasec:
		fmt.Fprintf(&p.buf, "size=%d vlen=%d\n", words[2], len(edges))
		for k, v := range edges {
			fmt.Fprintf(&p.buf, "\ttype=%d offset=%d size=%d\n", p.id(v), words[3+2*k], words[4+2*k])
		}
	case btf.KindDeclTag:
		fmt.Fprintf(&p.buf, "type_id=%d component_idx=%d\n", p.id(edges[0]), int32(words[3]))
	default:
		fmt.Fprintf(&p.buf, "type_id=%d\n", p.id(edges[0]))
	}
}

// members prints a struct. A member is printed as it is added, when the kind
// flag is that of the members so far.
func (p *printer) members(words []uint32, edges []typegraph.Ref) {
	fmt.Fprintf(&p.buf, "size=%d\n", words[2])
	kflag := false
	for i, t := range edges {
		word := words[4+2*i]
		kflag = kflag || btf.KindFlag(words[1]) && (word>>24 != 0 || word%8 != 0)
		if kflag {
			fmt.Fprintf(&p.buf, "\t%s type_id=%d bitfield_size=%d bits_offset=%d\n", p.name(words[3+2*i]), p.id(t), word>>24, word&0xffffff)
		} else {
			fmt.Fprintf(&p.buf, "\t%s type_id=%d bits_offset=%d\n", p.name(words[3+2*i]), p.id(t), word)
		}
	}
}

func (p *printer) enumerators(words []uint32, num uint32) {
	fmt.Fprintf(&p.buf, "size=%d\n", words[2])
	if btf.KindOf(words[1]) == btf.KindEnum64 {
		for i := 3; i < len(words); i += 3 {
			v := uint64(words[i+1]) | uint64(words[i+2])<<32
			if btf.KindFlag(words[1]) {
				fmt.Fprintf(&p.buf, "\t%s val=%d\n", p.name(words[i]), int64(v))
			} else {
				fmt.Fprintf(&p.buf, "\t%s val=%d\n", p.name(words[i]), v)
			}
		}
		return
	}
	for i := 3; i < len(words); i += 2 {
		switch {
		case btf.KindFlag(words[1]) && slices.ContainsFunc(p.signed, func(e unit.Enum) bool { return e.Num == num }):
			fmt.Fprintf(&p.buf, "\t%s val=%d\n", p.name(words[i]), int32(words[i+1]))
		case btf.KindFlag(words[1]):
			fmt.Fprintf(&p.buf, "\t%s val=%d\n", p.name(words[i]), uint64(int64(int32(words[i+1])))) // as pahole does
		default:
			fmt.Fprintf(&p.buf, "\t%s val=%d\n", p.name(words[i]), words[i+1])
		}
	}
}

func (p *printer) params(words []uint32, edges []typegraph.Ref) {
	fmt.Fprintf(&p.buf, "return=%d args=(", p.id(edges[0]))
	if len(edges) == 1 {
		p.buf.WriteString("void)\n")
		return
	}
	for i, t := range edges[1:] {
		last := i == len(edges)-2
		if last && t == typegraph.Void {
			p.buf.WriteString("vararg)\n")
			return
		}
		name := "(null)"
		if id := words[3+i]; id != 0 {
			name = p.name(id)
		}
		end := ", "
		if last {
			end = ")\n"
		}
		fmt.Fprintf(&p.buf, "%d %s%s", p.id(t), name, end)
	}
}

// verboseVars prints the variables of a CU, each before its types.
func (e *encoder) verboseVars(c *unit.CU, first uint32) {
	if e.opts.Verbose == nil || !e.file.WantsVars() || c.Filtered {
		return
	}
	e.file.Verbose("search cu '%s' for percpu global variables.\n", quote.Name(c.Name))
	lo := c.NumTags
	for i, v := range c.Vars {
		hi := len(c.Types.Shapes)
		if i+1 < len(c.Vars) {
			hi = int(c.Vars[i+1].Num) - 1
		}
		words := e.shapes.Words(c.Types.Shapes[v.Num-1])
		e.file.Verbose("Variable '%s' from CU '%s' at address 0x%x encoded\n", e.name(words[0]), quote.Name(c.Name), v.Offset)
		e.printTypes(&c.Types, first, lo, hi)
		lo = hi
	}
}

// skipLog holds the lines on functions that are left out until the types around
// them are printed.
type skipLog struct {
	groups []int // that the lines are about, ascending
	lines  []string
	before []int // index of the type that a line precedes
}

// skipped returns the function that keeps the lines, nil if nobody wants them.
func (e *encoder) skipped(log *skipLog) func(*funcs.Skip) {
	if e.opts.Verbose == nil {
		return nil
	}
	return func(s *funcs.Skip) {
		log.groups = append(log.groups, s.Group)
		log.lines = append(log.lines, fmt.Sprintf("%s : skipping BTF encoding of function due to %s\n", quote.Name(string(s.Func)), s.Text(e.name)))
	}
}

// at says that the types of the function of a group begin at an index: lines on
// groups up to this one come before them.
func (l *skipLog) at(index, group int) {
	for len(l.before) < len(l.groups) && l.groups[len(l.before)] <= group {
		l.before = append(l.before, index)
	}
}

// printFunctions prints the functions and the DATASECs with the lines on functions
// that are left out between them.
func (e *encoder) printFunctions(t *lastTypes, log *skipLog) {
	if e.opts.Verbose == nil {
		return
	}
	u := t.unit
	print := func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if !t.hidden[i] {
				e.printTypes(u, e.graph.NumIDs(), i, i+1)
			}
		}
	}
	done := 0
	for i, line := range log.lines {
		index := len(u.Shapes)
		if i < len(log.before) {
			index = log.before[i]
		} else {
			for index > done && btf.KindOf(e.shapes.Words(u.Shapes[index-1])[1]) == btf.KindDatasec {
				index--
			}
		}
		print(done, index)
		e.file.Verbose("%s", line)
		done = index
	}
	print(done, len(u.Shapes))
}

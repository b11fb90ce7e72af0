package mutate

import (
	"debug/dwarf"
	"strings"

	form "github.com/gopahole/gopahole/internal/dwarftest"
)

// debugInfo is .debug_info (or .debug_types) of a file, as far as it can be read.
type debugInfo struct {
	*image
	section      section
	bytes        []byte         // in place
	declarations []byte         // .debug_abbrev, in place
	addends      map[int]uint64 // what relocations put where, by position; nil without
	units        []unit
	dies         []die
	attrs        []attribute
}

// A unit is from the first byte of its header, start, to end; positions are those in the section.
type unit struct {
	start, end int
	offsets    int // size of an offset, 4 or 8
	version    uint64
	address    int // size of an address
	header     []field
	abbrevs    map[uint64]abbrev
	abbrevOff  uint64
	dies       [2]int // from, to
}

// An abbrev is a declaration in .debug_abbrev.
type abbrev struct {
	tag      dwarf.Tag
	children bool
	specs    []spec
}

type spec struct {
	attr   dwarf.Attr
	form   form.Form
	at     int // where the attribute's number begins in .debug_abbrev
	formAt int
	end    int
}

// A die is an entry from its abbreviation code, start, to the end of its attributes, end; last is the end of
// its children and the null that ends them.
type die struct {
	unit             int
	start, end, last int
	code             uint64
	codeEnd          int
	abbrev           abbrev
	depth            int
	attrs            [2]int // from, to
}

// An attribute's value is at off.
type attribute struct {
	spec
	die       int
	off, size int
}

// maxDIEs is how many are read of one file.
const maxDIEs = 200_000

// debugInfo reads the DIEs of a file, or returns nil if there are none.
func (im *image) debugInfo(name string) *debugInfo {
	s, ok := im.section(name)
	abbrevName := ".debug_abbrev"
	if strings.HasSuffix(name, ".dwo") {
		abbrevName += ".dwo"
	}
	info, abbrevs := im.named(name), im.named(abbrevName)
	if !ok || len(info) == 0 || len(abbrevs) == 0 {
		return nil
	}
	d := &debugInfo{image: im, section: s, bytes: info, declarations: abbrevs, addends: im.addends(s)}
	tables := map[uint64]map[uint64]abbrev{}
	for at := 0; at < len(info) && len(d.dies) < maxDIEs; {
		u, ok := d.unit(at)
		if !ok {
			break
		}
		if tables[u.abbrevOff] == nil {
			tables[u.abbrevOff] = readAbbrevs(abbrevs, u.abbrevOff)
		}
		u.abbrevs = tables[u.abbrevOff]
		d.units = append(d.units, u)
		d.readDIEs(len(d.units) - 1)
		at = u.end
	}
	if len(d.dies) == 0 {
		return nil
	}
	return d
}

// addends returns what RELA relocations of a section put there; symbols are taken as those of sections, at 0.
func (im *image) addends(of section) map[int]uint64 {
	s, ok := im.relocations(of)
	if !ok {
		return nil
	}
	found := map[int]uint64{}
	for _, e := range im.entries(s) {
		if len(e) == 3 {
			found[int(e[0].get(im.data, im.order))] = e[2].get(im.data, im.order)
		}
	}
	return found
}

// value reads an offset, relocated.
func (d *debugInfo) value(f field) uint64 {
	if v, ok := d.addends[f.off]; ok {
		return v
	}
	return f.get(d.bytes, d.order)
}

// unit reads the header of a unit.
func (d *debugInfo) unit(at int) (u unit, ok bool) {
	u = unit{start: at, offsets: 4}
	next := func(size int) field {
		f := field{at, size}
		at += size
		u.header = append(u.header, f)
		return f
	}
	length := next(4)
	if !length.in(d.bytes) {
		return u, false
	}
	n := length.get(d.bytes, d.order)
	if n == 0xffffffff {
		u.offsets = 8
		if length = next(8); !length.in(d.bytes) {
			return u, false
		}
		n = length.get(d.bytes, d.order)
	}
	if n > uint64(len(d.bytes)-at) {
		return u, false
	}
	u.end = at + int(n)
	if at+40 > len(d.bytes) && at+7 > u.end {
		return u, false
	}
	u.version = next(2).get(d.bytes, d.order)
	kind := uint64(dwarf.TagCompileUnit)
	if u.version >= 5 {
		kind = next(1).get(d.bytes, d.order)
		u.address = int(next(1).get(d.bytes, d.order))
	}
	abbrevOff := next(u.offsets)
	if !abbrevOff.in(d.bytes) {
		return u, false
	}
	u.abbrevOff = d.value(abbrevOff)
	if u.version < 5 {
		f := next(1)
		if !f.in(d.bytes) {
			return u, false
		}
		u.address = int(f.get(d.bytes, d.order))
	}
	switch {
	case u.version >= 5 && (kind == 4 || kind == 5): // skeleton, split
		next(8)
	case u.version >= 5 && (kind == 2 || kind == 6), d.section.name == ".debug_types": // type units
		next(8)
		next(u.offsets)
	}
	return u, at < u.end && u.address > 0 && u.address <= 8
}

// readAbbrevs reads a table of .debug_abbrev.
func readAbbrevs(data []byte, off uint64) map[uint64]abbrev {
	table := map[uint64]abbrev{}
	if off > uint64(len(data)) {
		return table
	}
	at := int(off)
	next := func() (v uint64) {
		if at >= 0 {
			v, at = uleb(data, at)
		}
		return v
	}
	for {
		code := next()
		if code == 0 || at < 0 {
			return table
		}
		a := abbrev{tag: dwarf.Tag(next())}
		a.children = next() != 0
		for at >= 0 {
			s := spec{at: at}
			s.attr = dwarf.Attr(next())
			s.formAt = at
			s.form = form.Form(next())
			if s.form == form.FormImplicitConst {
				next()
			}
			s.end = at
			if s.attr == 0 && s.form == 0 {
				break
			}
			a.specs = append(a.specs, s)
		}
		table[code] = a
	}
}

// readDIEs reads the entries of a unit up to the first that cannot be read.
func (d *debugInfo) readDIEs(index int) {
	u := &d.units[index]
	last := u.header[len(u.header)-1]
	u.dies = [2]int{len(d.dies), len(d.dies)}
	var open []int // DIEs whose children are being read
	for at := last.off + last.size; at < u.end && len(d.dies) < maxDIEs; {
		code, end := uleb(d.bytes, at)
		if end < 0 || end > u.end {
			break
		}
		if code == 0 {
			if len(open) > 0 {
				d.dies[open[len(open)-1]].last = end
				open = open[:len(open)-1]
			}
			at = end
			continue
		}
		e := die{unit: index, start: at, code: code, codeEnd: end, depth: len(open)}
		e.attrs = [2]int{len(d.attrs), len(d.attrs)}
		var ok bool
		if e.abbrev, ok = u.abbrevs[code]; !ok {
			break
		}
		at = end
		for _, s := range e.abbrev.specs {
			size := d.size(u, s.form, at)
			if size < 0 || at+size > u.end {
				at = -1
				break
			}
			d.attrs = append(d.attrs, attribute{spec: s, die: len(d.dies), off: at, size: size})
			at += size
		}
		if at < 0 {
			d.attrs = d.attrs[:e.attrs[0]]
			break
		}
		e.end, e.last, e.attrs[1] = at, at, len(d.attrs)
		if e.abbrev.children {
			open = append(open, len(d.dies))
		}
		d.dies = append(d.dies, e)
	}
	u.dies[1] = len(d.dies)
}

// size returns the size of a value at a position, or -1.
func (d *debugInfo) size(u *unit, f form.Form, at int) int {
	block := func(prefix int) int {
		n := field{at, prefix}
		if !n.in(d.bytes) {
			return -1
		}
		return prefix + int(min(n.get(d.bytes, d.order), 1<<30))
	}
	switch f {
	case form.FormAddr:
		return u.address
	case form.FormData1, form.FormRef1, form.FormFlag, form.FormStrx1, form.FormAddrx1:
		return 1
	case form.FormData2, form.FormRef2, form.FormStrx2, form.FormAddrx2:
		return 2
	case form.FormStrx3, form.FormAddrx3:
		return 3
	case form.FormData4, form.FormRef4, form.FormStrx4, form.FormAddrx4, form.FormRefSup4:
		return 4
	case form.FormData8, form.FormRef8, form.FormRefSig8, form.FormRefSup8:
		return 8
	case form.FormData16:
		return 16
	case form.FormFlagPresent, form.FormImplicitConst:
		return 0
	case form.FormStrp, form.FormLineStrp, form.FormSecOffset, form.FormStrpSup, form.FormGNUStrpAlt, form.FormGNURefAlt:
		return u.offsets
	case form.FormRefAddr:
		if u.version == 2 {
			return u.address
		}
		return u.offsets
	case form.FormBlock1:
		return block(1)
	case form.FormBlock2:
		return block(2)
	case form.FormBlock4:
		return block(4)
	case form.FormBlock, form.FormExprloc:
		n, end := uleb(d.bytes, at)
		if end < 0 {
			return -1
		}
		return end - at + int(min(n, 1<<30))
	case form.FormString:
		for i := at; i < len(d.bytes); i++ {
			if d.bytes[i] == 0 {
				return i + 1 - at
			}
		}
		return -1
	case form.FormIndirect:
		inner, end := uleb(d.bytes, at)
		if end < 0 || form.Form(inner) == form.FormIndirect {
			return -1
		}
		n := d.size(u, form.Form(inner), end)
		if n < 0 {
			return -1
		}
		return end - at + n
	case form.FormSdata, form.FormUdata, form.FormRefUdata, form.FormStrx, form.FormAddrx, form.FormLoclistx,
		form.FormRnglistx, form.FormGNUAddrIndex, form.FormGNUStrIndex:
		_, end := uleb(d.bytes, at)
		return end - at
	}
	return -1
}

// splice replaces del bytes at a position of the section by ins. Lengths, relocations and, with fix, references within
// the unit follow; without fix they lead to other places than before.
func (d *debugInfo) splice(at, del int, ins []byte, fix bool) []byte {
	delta := len(ins) - del
	for i := range d.units {
		u := &d.units[i]
		if at < u.start || at >= u.end {
			continue
		}
		length := u.header[0]
		if u.offsets == 8 {
			length = u.header[1]
		}
		length.put(d.bytes, d.order, length.get(d.bytes, d.order)+uint64(delta))
		if !fix || u.dies[0] == u.dies[1] {
			break
		}
		for _, a := range d.attrs[d.dies[u.dies[0]].attrs[0]:d.dies[u.dies[1]-1].attrs[1]] {
			f := field{a.off, a.size}
			switch a.form {
			case form.FormRef1, form.FormRef2, form.FormRef4, form.FormRef8:
				if v := f.get(d.bytes, d.order); v >= uint64(at-u.start) {
					f.put(d.bytes, d.order, v+uint64(delta))
				}
			case form.FormRefUdata:
				if v, _ := uleb(d.bytes, a.off); v >= uint64(at-u.start) {
					putLEB(d.bytes[a.off:], a.size, v+uint64(delta))
				}
			}
		}
		break
	}
	if s, ok := d.relocations(d.section); ok {
		for _, e := range d.entries(s) {
			if v := e[0].get(d.data, d.order); v >= uint64(at+del) {
				e[0].put(d.data, d.order, v+uint64(delta))
			}
		}
	}
	return d.replace(d.section, spliced(d.bytes, at, del, ins))
}

// putOffset sets a value in the section, or the addend of the relocation that does.
func (d *debugInfo) putOffset(f field, v uint64) {
	if _, ok := d.addends[f.off]; ok {
		s, _ := d.relocations(d.section)
		for _, e := range d.entries(s) {
			if len(e) == 3 && e[0].get(d.data, d.order) == uint64(f.off) {
				e[2].put(d.data, d.order, v)
				return
			}
		}
	}
	f.put(d.bytes, d.order, v)
}

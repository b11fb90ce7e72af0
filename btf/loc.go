package btf

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// LocFlags say what the values of a LOC_PARAM are (linux/btf.h, BTF_LOC_FLAG_*).
type LocFlags uint32

// The flags. Kernels accept these combinations; n is the number of values:
//
//	Const          (Signed)  n 1 or 2        the value itself; two are low and high
//	Const|Addr               n 1 or 2        an address, relative to that of the kernel or module
//	Reg                      n 1 or 2        the value is in a register, or in a pair
//	Reg|Deref                n 1             it is in memory, where the register points to
//	Reg|Offset     (Signed)  n 2 or 3        it is the sum of the register and an offset
//	Reg|Deref|Offset (Signed) n 2 or 3       it is in memory at that sum
//
// Signed is about the constant or the offset.
const (
	LocSigned LocFlags = 1 << iota
	LocConst
	LocAddr
	LocReg
	LocDeref
	LocOffset
)

// LocFrameBase is the register that stands for the frame base (DW_OP_fbreg). Other
// registers have DWARF's numbers for the machine.
const LocFrameBase = 0xffffffff

// MaxLocSize is the largest size in bytes of what a LOC_PARAM locates.
const MaxLocSize = 16

// A LocParam is what a LOC_PARAM says: where the value of a parameter is.
type LocParam struct {
	Size   uint32 // of the value, in bytes; not of the words that locate it
	Flags  LocFlags
	Values []uint32 // a view of the record
}

// A LocSite is an entry of a LOCSEC: a place where a function was inlined.
type LocSite struct {
	Func   ID     // the FUNC
	Proto  ID     // the LOC_PROTO: a location for each of its parameters
	Offset uint32 // in bytes, from the start of the section that the LOCSEC is named after
}

// locSiteWords is the number of words of an entry of a LOCSEC.
const locSiteWords = 3

// LocParam returns what a LOC_PARAM says.
func (r Record) LocParam() LocParam {
	if r.Kind() != KindLocParam {
		return LocParam{}
	}
	return LocParam{r[2], LocFlags(r[3]), r[head+1:][:r.Vlen()]}
}

// LocParams returns the LOC_PARAMs of a LOC_PROTO, with their numbers, which are those
// of the function's parameters. ID 0 says that the location of one is not known.
func (r Record) LocParams() iter.Seq2[int, ID] {
	return func(yield func(int, ID) bool) {
		each(r, r.Kind() == KindLocProto, func(i int) ID { return ID(r[head+i]) }, yield)
	}
}

// LocSite returns entry i of a LOCSEC.
func (r Record) LocSite(i int) LocSite {
	s := r[head+locSiteWords*i:][:locSiteWords]
	return LocSite{ID(s[0]), ID(s[1]), s[2]}
}

// LocSites returns the entries of a LOCSEC, with their numbers.
func (r Record) LocSites() iter.Seq2[int, LocSite] {
	return func(yield func(int, LocSite) bool) { each(r, r.Kind() == KindLocsec, r.LocSite, yield) }
}

// SortLocSites sorts the entries of a LOCSEC by FUNC, offset and LOC_PROTO, the order
// that those of kernels have. The record must be a copy of the caller's own.
func (r Record) SortLocSites() {
	if r.Kind() != KindLocsec {
		return
	}
	sites := make([]LocSite, 0, r.Vlen())
	for _, site := range r.LocSites() {
		sites = append(sites, site)
	}
	slices.SortFunc(sites, func(a, b LocSite) int {
		switch {
		case a.Func != b.Func:
			return cmp.Compare(a.Func, b.Func)
		case a.Offset != b.Offset:
			return cmp.Compare(a.Offset, b.Offset)
		}
		return cmp.Compare(a.Proto, b.Proto)
	})
	tail := r[head:head]
	for _, s := range sites {
		tail = append(tail, uint32(s.Func), uint32(s.Proto), s.Offset)
	}
}

// AddLocParam adds a LOC_PARAM: where a value of size bytes, 1 to 16, is. Whether
// kernels accept flags and values is not checked (libbpf: btf__add_loc_param).
func (b *Builder) AddLocParam(size uint32, flags LocFlags, values ...uint32) ID {
	if size == 0 || size > MaxLocSize {
		return b.refuse(KindLocParam, "", "size %d is not in 1 to %d", size, MaxLocSize)
	}
	if !b.vlenFits(KindLocParam, "", len(values)) {
		return 0
	}
	return b.add(0, Info(KindLocParam, len(values), false), size, append([]uint32{uint32(flags)}, values...)...)
}

// AddLocProto adds a LOC_PROTO of LOC_PARAMs; 0 is a parameter without a location.
func (b *Builder) AddLocProto(params ...ID) ID {
	if !b.vlenFits(KindLocProto, "", len(params)) {
		return 0
	}
	tail := make([]uint32, len(params))
	for i, id := range params {
		tail[i] = uint32(id)
	}
	return b.add(0, Info(KindLocProto, len(params), false), 0, tail...)
}

// AddLocsec adds a LOCSEC: the sites in the section of that name.
func (b *Builder) AddLocsec(name string, sites ...LocSite) ID {
	if name == "" {
		return b.refuse(KindLocsec, name, "name is empty")
	}
	if !b.vlenFits(KindLocsec, name, len(sites)) {
		return 0
	}
	tail := make([]uint32, 0, locSiteWords*len(sites))
	for _, s := range sites {
		tail = append(tail, uint32(s.Func), uint32(s.Proto), s.Offset)
	}
	return b.add(b.AddString(name), Info(KindLocsec, len(sites), false), 0, tail...)
}

// String returns the location as bpftool prints it: "reg1", "*(fbreg - 0x20)",
// "0x2a", "0x1000 (addr)". The forms of a pair of registers ("reg0, reg1"), of a
// register that points to the value ("*reg1") and of negative constants ("-0x1") are
// ours. Flags that are no known combination, or not with so many values, come out
// as the values alone.
func (p LocParam) String() string { return string(p.appendText(nil)) }

func (p LocParam) appendText(dst []byte) []byte {
	form := p.form()
	if form == nil {
		for i, v := range p.Values {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = appendHex(dst, uint64(v))
		}
		return dst
	}
	dst = append(dst, form.before...)
	values := p.Values
	for i := range form.registers(values) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendRegister(dst, values[i])
	}
	if values = values[form.registers(values):]; len(values) > 0 {
		v, minus := p.number(values)
		switch {
		case form.register:
			dst = append(dst, map[bool]string{false: " + ", true: " - "}[minus]...)
		case minus:
			dst = append(dst, '-')
		}
		dst = appendHex(dst, v)
	}
	return append(dst, form.after...)
}

// number returns the size of a constant or offset of one or two words, and whether it
// is negative.
func (p LocParam) number(words []uint32) (v uint64, minus bool) {
	v = uint64(words[0])
	negative := int32(words[0]) < 0
	if len(words) > 1 {
		v |= uint64(words[1]) << 32
		negative = int32(words[1]) < 0
	} else if negative && p.Flags&LocSigned != 0 {
		v |= 0xffffffff << 32
	}
	if negative && p.Flags&LocSigned != 0 {
		return -v, true
	}
	return v, false
}

// A locForm is how a combination of flags is written.
type locForm struct {
	flags         LocFlags // without LocSigned
	counts        []int    // of values
	register      bool     // the first value is a register
	pair          bool     // all values are
	before, after string
}

var locForms = []locForm{
	{flags: LocConst, counts: []int{1, 2}},
	{flags: LocConst | LocAddr, counts: []int{1, 2}, after: " (addr)"},
	{flags: LocReg, counts: []int{1, 2}, register: true, pair: true},
	{flags: LocReg | LocDeref, counts: []int{1}, register: true, before: "*"},
	{flags: LocReg | LocOffset, counts: []int{2, 3}, register: true},
	{flags: LocReg | LocDeref | LocOffset, counts: []int{2, 3}, register: true, before: "*(", after: ")"},
}

// form returns the form of a location, or nil.
func (p LocParam) form() *locForm {
	for i := range locForms {
		if f := &locForms[i]; f.flags == p.Flags&^LocSigned && slices.Contains(f.counts, len(p.Values)) {
			return f
		}
	}
	return nil
}

// registers returns how many of the values are registers.
func (f *locForm) registers(values []uint32) int {
	switch {
	case f.pair:
		return len(values)
	case f.register:
		return 1
	}
	return 0
}

func appendHex(dst []byte, v uint64) []byte { return strconv.AppendUint(append(dst, "0x"...), v, 16) }

func appendRegister(dst []byte, r uint32) []byte {
	if r == LocFrameBase {
		return append(dst, "fbreg"...)
	}
	return strconv.AppendUint(append(dst, "reg"...), uint64(r), 10)
}

// parseText sets the values, whose number is known, to those that are written as s.
// It returns false if none are.
func (p *LocParam) parseText(s string) bool {
	form := p.form()
	if form == nil {
		form = &locForm{}
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,*()", r) })
	minus, i := false, 0
	for _, word := range words {
		switch hex, isHex := strings.CutPrefix(strings.TrimPrefix(word, "-"), "0x"); {
		case word == "addr" || word == "+":
			continue
		case word == "-":
			minus = true
			continue
		case i == len(p.Values):
			return false
		case word == "fbreg":
			p.Values[i] = LocFrameBase
		case isHex:
			v, _ := strconv.ParseUint(hex, 16, 64)
			if minus || word[0] == '-' {
				v = -v
			}
			p.Values[i] = uint32(v)
			if i++; form.flags != 0 && i < len(p.Values) {
				p.Values[i] = uint32(v >> 32)
				i = len(p.Values)
			}
			continue
		default:
			r, _ := strconv.ParseUint(strings.TrimPrefix(word, "reg"), 10, 32)
			p.Values[i] = uint32(r)
		}
		i++
	}
	return p.String() == s // what the loop is lenient about shows here
}

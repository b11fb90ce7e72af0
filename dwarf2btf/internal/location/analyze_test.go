package location

import (
	"debug/elf"
	"strings"
	"testing"
)

// reg etc. build parameters for the tables below; size is in bytes.
func reg(n uint8, size uint64) Param {
	p := Param{Facts: dwarf5.Param(size)}
	p.Flags |= HasLoc
	p.setReg(n)
	return p
}

func flagged(fl Flags, size uint64) Param {
	p := Param{Facts: dwarf5.Param(size)}
	p.Flags |= fl
	return p
}

func nowhere() Param { return flagged(HasLoc, 8) }
func gone() Param    { return flagged(0, 8) }

func (p Param) with(f func(*Param)) Param { f(&p); return p }

func isStruct(p *Param) { p.IsStruct = true }

// pieces gives a parameter masks and, as far as they allow one, a member.
func pieces(m1, m2 uint64) func(*Param) {
	return func(p *Param) {
		p.Mask1, p.Mask2 = m1, m2
		_, ok := p.TrueMemberOffset(8)
		p.HasMember, p.HasMemberType = ok, ok
	}
}

// outcome spells a verdict: one letter per parameter and the function's flags.
func outcome(o Options, params []Param, v Verdict) string {
	var s strings.Builder
	for i := range params {
		p := &params[i]
		switch {
		case p.Optimized && p.Unexpected:
			s.WriteByte('!')
		case p.Optimized:
			s.WriteByte('o')
		case p.Unexpected:
			s.WriteByte('u')
		case p.UseMember:
			s.WriteByte('m')
		case p.NameMember(o):
			s.WriteByte('n')
		default:
			s.WriteByte('-')
		}
	}
	if v.Optimized {
		s.WriteString(" optimized")
	}
	if v.Unexpected {
		s.WriteString(" unexpected")
	}
	return s.String()
}

// Registers of x86-64 in order: 5 4 1 2 8 9.
func TestAnalyze(t *testing.T) {
	gcc := Options{}
	clang := Options{Clang: true}
	nocall := Options{Clang: true, SignatureChanged: true}
	trueSig := Options{Clang: true, SignatureChanged: true, TrueSignature: true}
	amd64 := elf.EM_X86_64
	for _, tc := range []struct {
		name   string
		m      elf.Machine
		o      Options
		params []Param
		want   string
	}{
		{"no parameters", amd64, gcc, nil, ""},
		{"all where they belong", amd64, gcc, []Param{reg(5, 8), reg(4, 4), reg(1, 1)}, "---"},
		{"six registers, then anything goes", amd64, gcc,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), reg(9, 8), reg(3, 8), nowhere()}, "--------"},
		{"a wrong register", amd64, gcc, []Param{reg(5, 8), reg(1, 8)}, "-u unexpected"},
		{"and it takes its place all the same", amd64, gcc, []Param{reg(5, 8), reg(1, 8), reg(1, 8)}, "-u- unexpected"},
		{"a struct among the parameters excuses", amd64, gcc, []Param{reg(5, 8).with(isStruct), reg(1, 8)}, "-u"},
		{"a location without a register is optimized", amd64, gcc, []Param{nowhere(), reg(4, 8)}, "o- optimized"},
		{"no location: the function is optimized, the parameter is not", amd64, gcc, []Param{gone(), reg(4, 8)}, "-- optimized"},
		{"no location but a constant", amd64, gcc, []Param{flagged(HasConst, 4), reg(4, 8)}, "o- optimized"},
		{"no location after the registers", amd64, gcc,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), reg(9, 8), gone()}, "------- optimized"},
		{"a constant location is like none for gcc", amd64, gcc, []Param{flagged(HasLoc|LocConst, 4), reg(4, 8)}, "o- optimized"},
		{"two words take two registers", amd64, gcc, []Param{reg(5, 16).with(isStruct), reg(1, 8)}, "--"},
		{"nine bytes take two registers", amd64, gcc, []Param{reg(5, 9), reg(1, 8)}, "--"},
		{"in memory takes one, although it does not", amd64, gcc,
			[]Param{flagged(HasLoc|OnStack, 24), reg(4, 8)}, "o- optimized"},
		{"so the next parameter is unexpected", amd64, gcc, []Param{flagged(HasLoc|OnStack, 24), reg(5, 8)}, "ou optimized unexpected"},
		{"true_signature alone changes nothing", amd64, Options{TrueSignature: true}, []Param{nowhere(), reg(4, 8)}, "o- optimized"},

		{"machine without a table: nothing is unexpected", elf.EM_RISCV, gcc, []Param{reg(10, 8), reg(3, 8)}, "--"},
		{"but parameters are still optimized", elf.EM_RISCV, gcc, []Param{nowhere()}, "o optimized"},
		{"unknown machine: no registers at all", elf.EM_LOONGARCH, gcc, []Param{nowhere(), reg(3, 8)}, "--"},
		{"s390: one register each", elf.EM_S390, gcc, []Param{reg(2, 16), reg(3, 8), reg(4, 8), reg(5, 8), reg(6, 8), reg(0, 8)}, "------"},
		{"arm64", elf.EM_AARCH64, gcc, []Param{reg(0, 16), reg(2, 8), reg(3, 8), reg(4, 8), reg(5, 8), reg(6, 8), reg(7, 8), reg(7, 8)}, "--------"},

		{"clang: where they belong", amd64, clang, []Param{reg(5, 8), reg(4, 8)}, "--"},
		{"clang: unknown registers do not matter", amd64, clang, []Param{nowhere(), reg(4, 8)}, "--"},
		{"clang: no location is no constant", amd64, clang, []Param{flagged(HasConst, 4), reg(4, 8)}, "-- optimized"},
		{"clang: a wrong register", amd64, clang, []Param{reg(4, 8)}, "u unexpected"},
		{"clang: any register of an aggregate", amd64, clang, []Param{reg(4, 16), reg(1, 8)}, "--"},
		{"clang: a register after the aggregate", amd64, clang, []Param{reg(1, 16)}, "u unexpected"},
		{"clang: in memory takes none", amd64, clang, []Param{flagged(HasLoc|OnStack, 24), reg(5, 8)}, "--"},
		{"clang: after the registers nothing is looked at", amd64, clang,
			[]Param{reg(5, 16), reg(1, 16), reg(8, 16), reg(5, 8)}, "----"},
		{"clang: an aggregate across the last register", amd64, clang,
			[]Param{reg(5, 16), reg(1, 16), reg(8, 8), reg(9, 16), reg(0, 8)}, "-----"},
		{"clang on a machine without a table: all are unexpected", elf.EM_RISCV, clang, []Param{reg(10, 8)}, "u unexpected"},
		{"clang on an unknown machine: none is", elf.EM_LOONGARCH, clang, []Param{reg(4, 8)}, "-"},

		{"nocall without true_signature: as gcc", amd64, nocall, []Param{gone(), reg(5, 8)}, "-u optimized unexpected"},
		{"nocall: a constant is not optimized, clang writes none", amd64, nocall, []Param{flagged(HasConst, 4), reg(4, 8)}, "-- optimized"},

		{"true: what is gone takes no register", amd64, trueSig, []Param{reg(5, 4), gone(), reg(4, 4)}, "-o- optimized"},
		{"true: unless the next one shows that it does", amd64, trueSig, []Param{reg(5, 4), gone(), reg(1, 4)}, "--- optimized"},
		{"true: constant location takes no register", amd64, trueSig, []Param{flagged(HasLoc|LocConst, 4), reg(5, 4)}, "o- optimized"},
		{"true: even after the registers", amd64, trueSig,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), reg(9, 8), flagged(HasLoc|LocConst, 4)}, "------o optimized"},
		{"true: on the stack after the registers", amd64, trueSig,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), reg(9, 8), flagged(HasLoc|OnStack, 4)}, "-------"},
		{"true: on the stack before", amd64, trueSig, []Param{flagged(HasLoc|OnStack, 4), reg(4, 8)}, "u- unexpected"},
		{"true: in memory takes no register", amd64, trueSig, []Param{flagged(HasLoc|OnStack, 24), reg(5, 8)}, "--"},
		{"true: a location without a register", amd64, trueSig, []Param{nowhere(), reg(4, 8)}, "u- unexpected"},
		{"true: a wrong register", amd64, trueSig, []Param{reg(4, 8), reg(4, 8)}, "u- unexpected"},
		{"true: gone at the end", amd64, trueSig, []Param{reg(5, 8), gone()}, "-o optimized"},
		{"true: gone after the registers", amd64, trueSig,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), reg(9, 8), gone()}, "------o optimized"},
		{"true: gone, and the next one would be after the registers", amd64, trueSig,
			[]Param{reg(5, 8), reg(4, 8), reg(1, 8), reg(2, 8), reg(8, 8), gone(), reg(9, 8)}, "-----o- optimized"},
		{"true: both words of an aggregate", amd64, trueSig, []Param{reg(5, 16).with(pieces(1, 1)), reg(1, 8)}, "--"},
		{"true: one word, and the next one shows that both are passed", amd64, trueSig,
			[]Param{reg(5, 16).with(pieces(0, 1)), reg(1, 8)}, "--"},
		{"true: one word alone becomes the member", amd64, trueSig, []Param{reg(5, 16).with(pieces(0, 1)), reg(4, 8)}, "m-"},
		{"true: the same at the end", amd64, trueSig, []Param{reg(5, 16).with(pieces(1, 0))}, "m"},
		{"true: a member whose type is unknown still names it", amd64, trueSig,
			[]Param{reg(5, 16).with(pieces(1, 0)).with(func(p *Param) { p.HasMemberType = false }), reg(4, 8)}, "nu unexpected"},
		{"true: pieces without a member", amd64, trueSig, []Param{reg(5, 16).with(pieces(0x11, 0)), reg(4, 8)}, "-u unexpected"},
		{"true: a member of an unexpected parameter keeps its name", amd64, trueSig, []Param{reg(4, 16).with(pieces(1, 0))}, "u unexpected"},
		{"true: the struct it was does not excuse any more", amd64, trueSig,
			[]Param{reg(5, 16).with(isStruct).with(pieces(0, 1)), reg(8, 4), reg(1, 4)}, "mu- unexpected"},
		{"true: a member that is a struct excuses", amd64, trueSig,
			[]Param{reg(5, 16).with(pieces(0, 1)).with(func(p *Param) { p.MemberIsStruct = true }), reg(9, 4)}, "mu"},
	} {
		c := dwarf5
		c.Convention = ConventionOf(tc.m)
		v := c.Analyze(tc.o, tc.params)
		if got := outcome(tc.o, tc.params, v); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestRemoved(t *testing.T) {
	nocall := Options{Clang: true, SignatureChanged: true}
	trueSig := Options{Clang: true, SignatureChanged: true, TrueSignature: true}
	optimized := func(p *Param) { p.Optimized = true }
	for _, tc := range []struct {
		name      string
		o         Options
		p         Param
		reordered bool
		want      bool
	}{
		{"located", Options{}, reg(5, 8), true, false},
		{"optimized", Options{}, reg(5, 8).with(optimized), false, false},
		{"optimized, reordered", Options{}, reg(5, 8).with(optimized), true, true},
		{"no location, reordered", Options{}, gone(), true, true},
		{"no location", Options{}, gone(), false, false},
		{"optimized, signature changed", nocall, reg(5, 8).with(optimized), false, false},
		{"optimized, true signature", trueSig, reg(5, 8).with(optimized), false, true},
		{"no location, true signature", trueSig, gone(), false, false},
	} {
		if got := tc.p.Removed(tc.o, tc.reordered); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// The numbers are from each machine's ABI; the lengths are pahole's.
func TestConventions(t *testing.T) {
	for _, tc := range []struct {
		m     elf.Machine
		n     int
		third int // register of the third argument
	}{
		{elf.EM_X86_64, 6, 1},
		{elf.EM_AARCH64, 8, 2},
		{elf.EM_ARM, 8, 2},
		{elf.EM_S390, 5, 4},
		{elf.EM_SPARC, 6, NoReg},
		{elf.EM_SPARCV9, 6, NoReg},
		{elf.EM_ARC, 8, NoReg},
		{elf.EM_MIPS, 8, NoReg},
		{elf.EM_PPC, 8, NoReg},
		{elf.EM_PPC64, 8, NoReg},
		{elf.EM_RISCV, 8, NoReg},
		{elf.EM_386, 0, NoReg},
		{elf.EM_LOONGARCH, 0, NoReg},
	} {
		v := ConventionOf(tc.m)
		if v.Count != tc.n || v.expected(2) != tc.third || v.expected(v.Count) != NoReg || v.expected(-1) != NoReg {
			t.Errorf("%v: %+v", tc.m, v)
		}
	}
}

// A row of the table is all that a new machine takes: this one passes parameters in
// registers 20 and 21, and no value in both.
func TestNewConvention(t *testing.T) {
	const imaginary = elf.Machine(0xfff0)
	if ConventionOf(imaginary) != unknownConvention {
		t.Fatal("there is such a machine")
	}
	conventions[imaginary] = &Convention{Count: 2, Registers: registers(20, 21), OneRegister: true}
	defer delete(conventions, imaginary)

	c := dwarf5
	c.Convention = ConventionOf(imaginary)
	in := func(reg byte, size uint64) Param { // DW_OP_reg0 + reg
		p := Param{}
		c.Expr(&p.Facts, []byte{0x50 + reg}, size)
		return p
	}
	for _, tc := range []struct {
		name   string
		params []Param
		want   string
	}{
		{"where they belong", []Param{in(20, 8), in(21, 4)}, "--"},
		{"a wrong register", []Param{in(21, 8)}, "u unexpected"},
		{"two words are in memory and take one place", []Param{in(20, 16), in(21, 8)}, "--"},
		{"after the registers", []Param{in(20, 8), in(21, 8), in(3, 8)}, "---"},
	} {
		if got := outcome(Options{}, tc.params, c.Analyze(Options{}, tc.params)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func BenchmarkAnalyze(b *testing.B) {
	params := []Param{reg(5, 8), reg(4, 16), reg(2, 8), nowhere()}
	b.ReportAllocs()
	for b.Loop() {
		dwarf5.Analyze(Options{}, params)
	}
}

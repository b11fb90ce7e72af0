package inlined_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/inlined"
)

const frame = btf.LocFrameBase

// TestText: locations by machine, and which of them kernels accept.
func TestText(t *testing.T) {
	minus := func(n uint32) uint32 { return -n }
	for _, tc := range []struct {
		machine elf.Machine
		size    uint32
		flags   btf.LocFlags
		values  []uint32
		want    string // "" if it is not valid
	}{
		{elf.EM_X86_64, 8, btf.LocReg, []uint32{5}, "%rdi"},
		{elf.EM_X86_64, 8, btf.LocReg, []uint32{15}, "%r15"},
		{elf.EM_X86_64, 8, btf.LocReg, []uint32{17}, "%xmm0"},
		{elf.EM_X86_64, 8, btf.LocReg, []uint32{200}, "reg200"},
		{elf.EM_X86_64, 16, btf.LocReg, []uint32{0, 1}, "%rax, %rdx"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocDeref, []uint32{6}, "*(%rbp)"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocDeref | btf.LocOffset, []uint32{7, 16}, "*(%rsp+16)"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocDeref | btf.LocOffset | btf.LocSigned, []uint32{frame, minus(32)}, "*(fbreg-32)"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocOffset, []uint32{3, 8}, "%rbx+8"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocOffset, []uint32{3, 0, 1}, "%rbx+4294967296"},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocOffset | btf.LocSigned, []uint32{3, 0, minus(1)}, "%rbx-4294967296"},
		{elf.EM_X86_64, 4, btf.LocConst, []uint32{5}, "const 5"},
		{elf.EM_X86_64, 4, btf.LocConst, []uint32{minus(1)}, "const 4294967295"},
		{elf.EM_X86_64, 4, btf.LocConst | btf.LocSigned, []uint32{minus(1)}, "const -1"},
		{elf.EM_X86_64, 8, btf.LocConst | btf.LocSigned, []uint32{minus(1), minus(1)}, "const -1"},
		{elf.EM_X86_64, 8, btf.LocConst, []uint32{1, 1}, "const 4294967297"},
		{elf.EM_X86_64, 8, btf.LocConst | btf.LocAddr, []uint32{0x1008, 0}, "addr 0x1008"},
		{elf.EM_386, 4, btf.LocReg, []uint32{7}, "%edi"},
		{elf.EM_AARCH64, 8, btf.LocReg, []uint32{30}, "x30"},
		{elf.EM_AARCH64, 8, btf.LocReg, []uint32{31}, "sp"},
		{elf.EM_ARM, 4, btf.LocReg, []uint32{13}, "sp"},
		{elf.EM_S390, 8, btf.LocReg, []uint32{15}, "%r15"},
		{elf.EM_PPC64, 8, btf.LocReg, []uint32{3}, "r3"},
		{elf.EM_RISCV, 8, btf.LocReg, []uint32{10}, "a0"},
		{elf.EM_RISCV, 8, btf.LocReg, []uint32{31}, "t6"},
		{elf.EM_LOONGARCH, 8, btf.LocReg, []uint32{4}, "$a0"},
		{elf.EM_LOONGARCH, 8, btf.LocReg, []uint32{31}, "$s8"},
		{elf.EM_MIPS, 4, btf.LocReg, []uint32{31}, "$ra"},
		{elf.EM_SPARCV9, 8, btf.LocReg, []uint32{8}, "%o0"},
		{elf.EM_SPARCV9, 8, btf.LocReg, []uint32{31}, "%i7"},
		{elf.EM_NONE, 8, btf.LocReg, []uint32{5}, "reg5"},

		{elf.EM_X86_64, 0, btf.LocReg, []uint32{5}, ""},
		{elf.EM_X86_64, 17, btf.LocReg, []uint32{5}, ""},
		{elf.EM_X86_64, 8, btf.LocReg, nil, ""},
		{elf.EM_X86_64, 8, btf.LocReg, []uint32{1, 2, 3}, ""},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocDeref, []uint32{1, 2}, ""},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocOffset, []uint32{1}, ""},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocOffset, []uint32{1, 2, 3, 4}, ""},
		{elf.EM_X86_64, 8, btf.LocConst, []uint32{5}, ""},
		{elf.EM_X86_64, 16, btf.LocConst, []uint32{5, 0}, ""},
		{elf.EM_X86_64, 4, btf.LocConst, []uint32{5, 0, 0}, ""},
		{elf.EM_X86_64, 8, btf.LocReg | btf.LocSigned, []uint32{5}, ""},
		{elf.EM_X86_64, 8, btf.LocSigned, []uint32{5}, ""},
		{elf.EM_X86_64, 8, btf.LocAddr, []uint32{5}, ""},
		{elf.EM_X86_64, 8, 0, []uint32{5}, ""},
		{elf.EM_X86_64, 8, 0x40, []uint32{5}, ""},
	} {
		p := inlined.Param{Known: true, Loc: btf.LocParam{Size: tc.size, Flags: tc.flags, Values: tc.values}}
		if valid := inlined.Valid(p.Loc); valid != (tc.want != "") {
			t.Errorf("%+v: valid %v", p.Loc, valid)
		}
		want := tc.want
		if want == "" {
			want = fmt.Sprintf("unknown (flags %#x)", uint32(tc.flags))
		}
		if got := p.Text(tc.machine); got != want {
			t.Errorf("%v: %+v: got %q, want %q", tc.machine, p.Loc, got, want)
		}
	}
	if got := new(inlined.Param).Text(elf.EM_X86_64); got != "unavailable" {
		t.Errorf("got %q", got)
	}
}

// The numbers of registers end where the machine's do: each table has as many as DWARF gives.
func TestRegisters(t *testing.T) {
	for m, want := range map[elf.Machine]string{
		elf.EM_X86_64: "%xmm15", elf.EM_386: "%eip", elf.EM_AARCH64: "sp", elf.EM_ARM: "pc", elf.EM_S390: "%r15", elf.EM_PPC64: "r31",
		elf.EM_RISCV: "t6", elf.EM_LOONGARCH: "$s8", elf.EM_MIPS: "$ra", elf.EM_SPARCV9: "%i7",
	} {
		n := uint32(0)
		for ; !strings.HasPrefix(inlined.Register(m, n), "reg"); n++ {
		}
		if got := inlined.Register(m, n-1); got != want {
			t.Errorf("%v: the last of %d registers is %s, want %s", m, n, got, want)
		}
	}
}

// program is a FUNC f(a, b), locations, and what a test adds to them.
func program(t *testing.T, add func(b *btf.Builder, fn, reg btf.ID)) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(binary.LittleEndian, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	proto := b.AddFuncProto(i, btf.Param{Name: "a", Type: i}, btf.Param{Name: "b", Type: i})
	fn := b.AddFunc("f", btf.LinkageStatic, proto)
	reg := b.AddLocParam(4, btf.LocReg, 5)
	add(b, fn, reg)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func TestCheck(t *testing.T) {
	site := func(fn, proto btf.ID, offset uint32) btf.LocSite {
		return btf.LocSite{Func: fn, Proto: proto, Offset: offset}
	}
	for _, tc := range []struct {
		name string
		add  func(b *btf.Builder, fn, reg btf.ID)
		err  string
	}{
		{"right", func(b *btf.Builder, fn, reg btf.ID) {
			one, two := b.AddLocProto(reg, 0), b.AddLocProto(0, reg)
			b.AddLocsec(".text", site(fn, one, 8), site(fn, two, 8), site(fn, one, 16))
		}, ""},
		{"none", func(b *btf.Builder, fn, reg btf.ID) { b.AddLocsec(".text") }, ""},
		{"the order of offsets", func(b *btf.Builder, fn, reg btf.ID) {
			p := b.AddLocProto(reg, 0)
			b.AddLocsec(".text", site(fn, p, 8), site(fn, p, 4))
		}, "site .text+0x4: it comes after that at 0x8"},
		{"twice", func(b *btf.Builder, fn, reg btf.ID) {
			p := b.AddLocProto(reg, 0)
			b.AddLocsec(".text", site(fn, p, 8), site(fn, p, 8))
		}, "site .text+0x8: it is there twice"},
		{"twice, with others between", func(b *btf.Builder, fn, reg btf.ID) {
			p, q := b.AddLocProto(reg, 0), b.AddLocProto(0, reg)
			b.AddLocsec(".text", site(fn, q, 8), site(fn, p, 8), site(fn, q, 8), site(fn, q, 9))
		}, "site .text+0x8: it is there twice"},
		{"fewer locations", func(b *btf.Builder, fn, reg btf.ID) {
			b.AddLocsec(".text", site(fn, b.AddLocProto(reg), 8))
		}, "FUNC [3] has 2 parameters, and LOC_PROTO [5] locations for 1"},
		{"no function", func(b *btf.Builder, fn, reg btf.ID) {
			b.AddLocsec(".text", site(reg, b.AddLocProto(reg, 0), 8))
		}, "[4] is a LOC_PARAM, not a FUNC"},
		{"no list", func(b *btf.Builder, fn, reg btf.ID) {
			b.AddLocsec(".text", site(fn, reg, 8))
		}, "[4] is a LOC_PARAM, not a LOC_PROTO"},
		{"no location", func(b *btf.Builder, fn, reg btf.ID) { b.AddLocProto(reg, fn) }, "[5] LOC_PROTO: [3], of parameter 1, is a FUNC, not a LOC_PARAM"},
		{"flags", func(b *btf.Builder, fn, reg btf.ID) { b.AddLocParam(4, btf.LocAddr, 1) }, "[5] LOC_PARAM: size 4, flags 0x4 and 1 values do not belong together"},
	} {
		types := program(t, tc.add)
		err := inlined.Check(types)
		if (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.err)
		}
		// Reading is safe, whatever is wrong.
		for s := range inlined.Sites(types) {
			params, err := inlined.Params(types, s)
			if err == nil && (len(params) != 2 || params[0].Name != "a" || params[1].Name != "b") {
				t.Errorf("%s: parameters %+v", tc.name, params)
			}
		}
	}
}

func TestSites(t *testing.T) {
	types := program(t, func(b *btf.Builder, fn, reg btf.ID) {
		p := b.AddLocProto(reg, 0)
		b.AddLocsec("inline.text", btf.LocSite{Func: fn, Proto: p, Offset: 8})
		b.AddLocsec(".init.text", btf.LocSite{Func: fn, Proto: p, Offset: 4})
		b.AddLocsec("inlined", btf.LocSite{Func: fn, Proto: p, Offset: 4})
	})
	var got []string
	for s := range inlined.Sites(types) {
		got = append(got, fmt.Sprintf("%s+%d", s.Section, s.Offset))
	}
	if want := ".text+8 .init.text+4 inlined+4"; strings.Join(got, " ") != want || !inlined.Has(types) {
		t.Errorf("got %v, want %s", got, want)
	}
	if inlined.Has(program(t, func(b *btf.Builder, _, _ btf.ID) { b.AddLocsec(".text") })) {
		t.Error("no sites, and Has says that there are some")
	}
}

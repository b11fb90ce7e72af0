package inlined

import (
	"debug/elf"
	"fmt"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/btf"
)

// registers are the names of the registers by their DWARF numbers, as assemblers write them.
// They are made when somebody asks: few processes do.
var registers = sync.OnceValue(func() map[elf.Machine][]string {
	sparc := list(numbered("%g", 0, 7), numbered("%o", 0, 7), numbered("%l", 0, 7), numbered("%i", 0, 7))
	return map[elf.Machine][]string{
		elf.EM_X86_64: list("%rax %rdx %rcx %rbx %rsi %rdi %rbp %rsp",
			numbered("%r", 8, 15), "%rip", numbered("%xmm", 0, 15)), // System V ABI AMD64, 3.6.2
		elf.EM_386:     list("%eax %ecx %edx %ebx %esp %ebp %esi %edi %eip"), // System V ABI i386, 2.5
		elf.EM_AARCH64: list(numbered("x", 0, 30), "sp"),                     // DWARF for the Arm 64-bit Architecture, 4.1
		elf.EM_ARM:     list(numbered("r", 0, 12), "sp lr pc"),               // DWARF for the Arm Architecture, 4.1
		elf.EM_S390:    list(numbered("%r", 0, 15)),                          // z/Architecture ELF ABI, 1.6
		elf.EM_PPC:     list(numbered("r", 0, 31)),
		elf.EM_PPC64:   list(numbered("r", 0, 31)), // 64-bit ELF V2 ABI for Power, 2.4
		elf.EM_RISCV: list("zero ra sp gp tp", numbered("t", 0, 2), numbered("s", 0, 1), numbered("a", 0, 7),
			numbered("s", 2, 11), numbered("t", 3, 6)), // RISC-V ABIs Specification, DWARF register numbers
		elf.EM_LOONGARCH: list("$zero $ra $tp $sp", numbered("$a", 0, 7), numbered("$t", 0, 8), "$r21 $fp", numbered("$s", 0, 8)),
		elf.EM_MIPS: list("$zero $at $v0 $v1", numbered("$a", 0, 3), numbered("$t", 0, 7), numbered("$s", 0, 7),
			"$t8 $t9 $k0 $k1 $gp $sp $fp $ra"), // o32; the registers of other ABIs have other names
		elf.EM_SPARC:   sparc,
		elf.EM_SPARCV9: sparc,
	}
})

// list joins names that blanks separate.
func list(parts ...string) []string { return strings.Fields(strings.Join(parts, " ")) }

// numbered is a name with the numbers from first to last.
func numbered(name string, first, last int) string {
	var names []string
	for n := first; n <= last; n++ {
		names = append(names, fmt.Sprint(name, n))
	}
	return strings.Join(names, " ")
}

// Register returns the name of a register of a machine by its DWARF number. For a machine or a
// register that is not known it is the number with "reg" in front.
func Register(m elf.Machine, number uint32) string {
	switch names := registers()[m]; {
	case number == btf.LocFrameBase:
		return "fbreg"
	case uint64(number) < uint64(len(names)):
		return names[number]
	}
	return fmt.Sprintf("reg%d", number)
}

// Text returns where the value of a parameter is in the words of pfunct: "%rdi", "const 5",
// "addr 0x1008", "*(%rsp+16)", "unavailable".
func (p *Param) Text(m elf.Machine) string {
	if !p.Known {
		return "unavailable"
	}
	l := p.Loc
	if !Valid(l) {
		return fmt.Sprintf("unknown (flags %#x)", uint32(l.Flags))
	}
	reg := Register(m, l.Values[0])
	switch l.Flags &^ btf.LocSigned {
	case btf.LocConst:
		return "const " + Number(l)
	case btf.LocConst | btf.LocAddr:
		return "addr " + Number(l)
	case btf.LocReg:
		if len(l.Values) == 2 {
			return reg + ", " + Register(m, l.Values[1])
		}
		return reg
	case btf.LocReg | btf.LocDeref:
		return "*(" + reg + ")"
	case btf.LocReg | btf.LocOffset:
		return reg + offset(l)
	}
	return "*(" + reg + offset(l) + ")"
}

// Number returns the constant, the address, or the offset of a location.
func Number(l btf.LocParam) string {
	words := l.Values
	if l.Flags&btf.LocReg != 0 {
		words = words[1:]
	}
	if len(words) == 0 {
		return "0"
	}
	v := uint64(words[0])
	signed := int64(int32(words[0]))
	if len(words) > 1 {
		v |= uint64(words[1]) << 32
		signed = int64(v)
	}
	switch {
	case l.Flags&btf.LocAddr != 0:
		return fmt.Sprintf("%#x", v)
	case l.Flags&btf.LocSigned != 0:
		return fmt.Sprint(signed)
	}
	return fmt.Sprint(v)
}

// offset is Number with a sign.
func offset(l btf.LocParam) string {
	n := Number(l)
	if n[0] == '-' {
		return n
	}
	return "+" + n
}

package location

import (
	"debug/elf"

	"github.com/go-delve/delve/pkg/dwarf/regnum"
)

// Regs is the calling convention of a machine, as far as pahole 1.32 knows it.
type Regs struct {
	// N is the number of argument registers; 0 is a machine pahole does not
	// know.
	N int
	// Reg has the DWARF number of each, NoReg where pahole has no table.
	Reg [8]int8
}

// Registers returns the argument registers of m.
//
// Several machines have a number of registers but no table: pahole 1.32 checks
// no register there, except for clang, whose every located parameter it then
// finds in an unexpected one. The tables exist in delve (riscv64, ppc64le), but
// using them would lose byte identity.
func Registers(m elf.Machine) Regs {
	r := Regs{Reg: [8]int8{NoReg, NoReg, NoReg, NoReg, NoReg, NoReg, NoReg, NoReg}}
	set := func(regs ...int8) Regs {
		r.N = copy(r.Reg[:], regs)
		return r
	}
	switch m {
	case elf.EM_X86_64: // System V ABI AMD64, 3.2.3
		return set(regnum.AMD64_Rdi, regnum.AMD64_Rsi, regnum.AMD64_Rdx, regnum.AMD64_Rcx, regnum.AMD64_R8, regnum.AMD64_R9)
	case elf.EM_AARCH64: // AAPCS64, 6.8.2
		const x0 = regnum.ARM64_X0
		return set(x0, x0+1, x0+2, x0+3, x0+4, x0+5, x0+6, x0+7)
	case elf.EM_ARM: // AAPCS32 passes in r0 to r3 only; pahole's table is that of arm64
		return set(0, 1, 2, 3, 4, 5, 6, 7)
	case elf.EM_S390: // z/Architecture ELF ABI, 1.2.3: r2 to r6
		return set(2, 3, 4, 5, 6)
	case elf.EM_SPARC, elf.EM_SPARCV9:
		r.N = 6
	case elf.EM_ARC, elf.EM_MIPS, elf.EM_PPC, elf.EM_PPC64, elf.EM_RISCV:
		r.N = 8
	}
	return r
}

// expected returns the register of argument slot i, or NoReg.
func (r *Regs) expected(slot int) int {
	if slot < 0 || slot >= r.N || slot >= len(r.Reg) {
		return NoReg
	}
	return int(r.Reg[slot])
}

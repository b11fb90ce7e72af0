package location

import "debug/elf"

// A Convention says how a machine passes the parameters of a function, as far as
// pahole 1.32 knows it. Registers are called by the numbers that DWARF gives them on
// that machine.
type Convention struct {
	// Count is the number of registers that carry parameters. It is 0 for a machine
	// that pahole does not know.
	Count int
	// Registers has the register of each argument slot, or NoReg where pahole does not
	// know which one it is.
	Registers [8]int8
	// OneRegister says that no value is spread over two registers: what is larger than
	// one goes to memory.
	OneRegister bool
}

// conventions has a row for every machine that pahole 1.32 knows. The numbers are written
// down here: the tables of delve's package regnum are made when a process starts, whether it
// needs them or not, which takes one that encodes a small module 1 % of its time.
//
// Some rows have a number of registers and no names. On these machines pahole checks no
// register, except that it finds every located parameter of clang in an unexpected one.
// Their ABIs do say which registers they are, but a row that names them would change
// what is encoded.
var conventions = map[elf.Machine]*Convention{
	elf.EM_X86_64:  in(5, 4, 1, 2, 8, 9),                                               // rdi, rsi, rdx, rcx, r8, r9: System V ABI AMD64, 3.2.3 and 3.6.2
	elf.EM_AARCH64: in(0, 1, 2, 3, 4, 5, 6, 7),                                         // x0 and so on: AAPCS64, 6.8.2
	elf.EM_ARM:     in(0, 1, 2, 3, 4, 5, 6, 7),                                         // AAPCS32 has r0 to r3 only; pahole takes those of arm64
	elf.EM_S390:    {Count: 5, Registers: registers(2, 3, 4, 5, 6), OneRegister: true}, // z/Architecture ELF ABI, 1.2.3

	elf.EM_SPARC:   unnamed(6),
	elf.EM_SPARCV9: unnamed(6),
	elf.EM_ARC:     unnamed(8),
	elf.EM_MIPS:    unnamed(8),
	elf.EM_PPC:     unnamed(8),
	elf.EM_PPC64:   unnamed(8),
	elf.EM_RISCV:   unnamed(8),
}

// unknownConvention is that of all other machines.
var unknownConvention = unnamed(0)

// ConventionOf returns the calling convention of a machine.
func ConventionOf(m elf.Machine) *Convention {
	if c := conventions[m]; c != nil {
		return c
	}
	return unknownConvention
}

// in is a convention that passes parameters in these registers.
func in(regs ...int8) *Convention {
	return &Convention{Count: len(regs), Registers: registers(regs...)}
}

// unnamed is a convention of which only the number of registers is known.
func unnamed(count int) *Convention { return &Convention{Count: count, Registers: registers()} }

func registers(regs ...int8) (r [8]int8) {
	for i := range r {
		r[i] = NoReg
	}
	copy(r[:], regs)
	return r
}

// expected returns the register of an argument slot, or NoReg.
func (v *Convention) expected(slot int) int {
	if slot < 0 || slot >= v.Count || slot >= len(v.Registers) {
		return NoReg
	}
	return int(v.Registers[slot])
}

// Expected returns the registers in which the calling convention passes a parameter that was analyzed, none for one on
// the stack. known is false on a machine whose registers are not known.
func (c *Context) Expected(p *Param) (regs []int, known bool) {
	v := c.Convention
	for i := p.Slot; i < p.Slot+c.slots(&p.Facts) && i < v.Count; i++ {
		r := v.expected(i)
		if r == NoReg {
			return nil, false
		}
		regs = append(regs, r)
	}
	return regs, v.Count > 0
}

// among reports whether reg is one of the n registers from slot on.
func (v *Convention) among(reg, slot, n int) bool {
	for i := slot; i < slot+n && i < v.Count; i++ {
		if v.expected(i) == reg {
			return true
		}
	}
	return false
}

// perValue is the number of registers that one value may take.
func (v *Convention) perValue() int {
	if v.OneRegister {
		return 1
	}
	return 2
}

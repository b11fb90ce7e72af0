package reloc

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"github.com/gopahole/gopahole/elffile"
)

// A rule says what a type of relocation does to the field it is for.
type rule struct {
	op   op
	size uint8 // of the field in bytes
}

type op uint8

const (
	opUnknown op = iota
	opSet        // symbol + addend; in an entry without addend it is what the field holds
	opInPlace    // symbol + addend + what the field holds, although entries have an addend
	opAdd        // symbol + addend is added to the field
	opSub        // and subtracted from it
	opLeave      // the field stays as it is
	opPush       // symbol + addend is a value to compute with, see stack
	opLess       // its negative is
	opPlus       // the sum of the last two values is the last one
	opMinus      // or their difference
	opNegate     // the last value is negative
	opStore      // the field gets the only value

	opStacked = opPush // and all above
)

// inPlace: the field holds an addend.
func (o op) inPlace() bool { return o == opInPlace || o == opAdd || o == opSub }

var (
	set8, set16, set24 = rule{op: opSet, size: 1}, rule{op: opSet, size: 2}, rule{op: opSet, size: 3}
	set32, set64       = rule{op: opSet, size: 4}, rule{op: opSet, size: 8}

	add16, add32, add64 = rule{op: opAdd, size: 2}, rule{op: opAdd, size: 4}, rule{op: opAdd, size: 8}
	sub16, sub32, sub64 = rule{op: opSub, size: 2}, rule{op: opSub, size: 4}, rule{op: opSub, size: 8}

	inPlace32           = rule{op: opInPlace, size: 4}
	leave, push, less   = rule{op: opLeave}, rule{op: opPush}, rule{op: opLess}
	plus, minus, negate = rule{op: opPlus}, rule{op: opMinus}, rule{op: opNegate}

	store8, store16, store32 = rule{op: opStore, size: 1}, rule{op: opStore, size: 2}, rule{op: opStore, size: 4}
)

// types are the relocations of a machine, by number. They are made by functions: a process that
// needs those of one machine does not wait for those of all.
type types []rule

// unknown0 is the rule for type 0 of a machine of which that is a relocation.
var unknown0 = rule{op: opUnknown, size: 0xff}

// rulesOf returns the rules for a file, by type, nil for a machine that is not known.
func rulesOf(f *elffile.File) []rule {
	known := typesOf(f)
	if known == nil {
		return nil
	}
	rules := slices.Clone(known)
	if rules[0] == (rule{}) {
		rules[0] = leave
	}
	return rules
}

// typesOf returns the types of a file's machine.
func typesOf(f *elffile.File) types {
	m := f.Machine
	if t := machineTypes(m); t != nil && m != elf.EM_IA_64 {
		return t
	}
	if other, ok := sameAs()[m]; ok {
		m = other
	}
	switch {
	case m == elf.EM_MSP430 && msp430EABI(f):
		return msp430X
	case m == elf.EM_IA_64 && f.Order == binary.ByteOrder(binary.BigEndian):
		return ia64Big
	}
	if t := machineTypes(m); t != nil {
		return t
	}
	return others()[m]
}

// machineTypes returns the types that stand in debug sections, by number, nil for another machine
// (libdwfl: reloc_simple_type of its backends). Left alone, as libdwfl does, are the
// offsets of thread-local variables, and, where linkers take instructions out, the
// differences of addresses in less than 16 bits or in LEB128: line numbers, frames
// and lengths of ranges, on which no result depends. Type 0 is no relocation
// everywhere.
func machineTypes(m elf.Machine) types {
	switch m {
	case elf.EM_X86_64:
		return types{
			1: set64, 10: set32, 11: set32, 12: set16, 14: set8, // 64, 32, 32S, 16, 8
			17: leave, 21: leave, // DTPOFF64, DTPOFF32
		}
	case elf.EM_386:
		return types{
			1: set32, 20: set16, 22: set8, // 32, 16, 8
			32: leave, // TLS_LDO_32
		}
	case elf.EM_AARCH64:
		return types{
			257: set64, 258: set32, 259: set16, // ABS64, ABS32, ABS16
			256: leave, 1029: leave, // NONE, TLS_DTPREL64
			1: set32, 2: set16, 185: leave, // ILP32: P32_ABS32, P32_ABS16, P32_TLS_DTPREL; not known to libdwfl
		}
	case elf.EM_ARM:
		return types{
			2: set32, 5: set16, 8: set8, // ABS32, ABS16, ABS8
			106: leave, // TLS_LDO32
		}
	case elf.EM_PPC64:
		return types{
			1: set32, 24: set32, 25: set16, 38: set64, 43: set64, // ADDR32, UADDR32, UADDR16, ADDR64, UADDR64
			78: leave, 110: leave, // DTPREL64, DTPREL32
		}
	case elf.EM_PPC:
		return types{
			1: set32, 24: set32, 25: set16, // ADDR32, UADDR32, UADDR16
			78: leave, // DTPREL32
		}
	case elf.EM_S390:
		return types{
			1: set8, 3: set16, 4: set32, 22: set64, // 8, 16, 32, 64
			52: leave, 53: leave, // TLS_LDO32, TLS_LDO64
		}
	case elf.EM_RISCV:
		return types{
			1: set32, 2: set64, 54: set8, 55: set16, 56: set32, // 32, 64, SET8, SET16, SET32
			34: add16, 35: add32, 36: add64, 38: sub16, 39: sub32, 40: sub64, // ADD16, …, SUB64
			33: leave, 37: leave, 52: leave, 53: leave, 60: leave, 61: leave, // ADD8, SUB8, SUB6, SET6, SET_ULEB128, SUB_ULEB128
			8: leave, 9: leave, // TLS_DTPREL32, TLS_DTPREL64
		}
	case elf.EM_LOONGARCH:
		return types{
			1: set32, 2: set64, // 32, 64
			48: add16, 50: add32, 51: add64, 53: sub16, 55: sub32, 56: sub64, // ADD16, …, SUB64
			47: leave, 49: leave, 52: leave, 54: leave, // ADD8, ADD24, SUB8, SUB24
			105: leave, 106: leave, 107: leave, 108: leave, // ADD6, SUB6, ADD_ULEB128, SUB_ULEB128
			8: leave, 9: leave, // TLS_DTPREL32, TLS_DTPREL64
		}
	case elf.EM_MIPS:
		return types{
			1: set16, 2: set32, 18: set64, // 16, 32, 64
			39: leave, 41: leave, // TLS_DTPREL32, TLS_DTPREL64
		}
	case elf.EM_SPARC, elf.EM_SPARC32PLUS, elf.EM_SPARCV9:
		return types{
			1: set8, 2: set16, 3: set32, 23: set32, 32: set64, 54: set64, 55: set16, // 8, 16, 32, UA32, 64, UA64, UA16
			76: leave, 77: leave, // TLS_DTPOFF32, TLS_DTPOFF64
		}
	case elf.EM_ALPHA:
		return types{
			1: set32, 2: set64, // REFLONG, REFQUAD
			33: leave, // DTPREL64
		}
	case elf.EM_68K:
		return types{
			1: set32, 2: set16, 3: set8, // 32, 16, 8
			31: leave, // TLS_LDO32
		}
	case elf.EM_SH:
		return types{
			1:   inPlace32, // DIR32: the assembler leaves the addend in the section, which libdwfl does not take into account
			146: leave,     // TLS_LDO_32
		}
	case elf.EM_IA_64:
		return types{
			37: set32, 39: set64, 101: set32, 103: set64, // DIR32LSB, DIR64LSB, SECREL32LSB, SECREL64LSB
			181: leave, 183: leave, // DTPREL32LSB, DTPREL64LSB
		}
	case elf.EM_ARC_COMPACT2:
		return types{
			1: set8, 2: set16, 3: set24, 4: set32, // 8, 16, 24, 32
			67: leave, // TLS_DTPOFF
		}
	case elf.EM_QDSP6:
		return types{
			6: set32, 7: set16, 8: set8, // 32, 16, 8
			47: leave, // DTPREL_32
		}
	case emCSKY:
		return types{
			1:  set32,            // ADDR32
			55: leave, 57: leave, // TLS_LDO32, TLS_DTPOFF32
		}
	case elf.EM_BPF:
		return types{
			1: set64, 10: set32, // 64_64, 64_32
			2: leave, 3: leave, 4: leave, // 64_ABS64, 64_ABS32, 64_NODYLD32: newer than libdwfl, which takes the fields as they are
		}
	}
	return nil
}

// ia64Big are those of big-endian IA-64, as HP-UX has it.
var ia64Big = types{
	36: set32, 38: set64, 100: set32, 102: set64, // DIR32MSB, DIR64MSB, SECREL32MSB, SECREL64MSB
	180: leave, 182: leave, // DTPREL32MSB, DTPREL64MSB
}

package reloc

import "debug/elf"

// A rule says what a type of relocation does to the field it is for.
type rule struct {
	op   op
	size uint8 // of the field in bytes
}

type op uint8

const (
	opUnknown op = iota
	opSet        // symbol + addend; in an entry without addend it is what the field holds
	opAdd        // symbol + addend is added to the field
	opSub        // and subtracted from it
	opLeave      // the field stays as it is
)

var (
	set8, set16, set32, set64 = rule{opSet, 1}, rule{opSet, 2}, rule{opSet, 4}, rule{opSet, 8}
	add16, add32, add64       = rule{opAdd, 2}, rule{opAdd, 4}, rule{opAdd, 8}
	sub16, sub32, sub64       = rule{opSub, 2}, rule{opSub, 4}, rule{opSub, 8}
	leave                     = rule{op: opLeave}
)

// machines are the types that stand in debug sections, by machine and number
// (libdwfl: reloc_simple_type of its backends). Left alone, as libdwfl does, are the
// offsets of thread-local variables, and, where linkers take instructions out, the
// differences of addresses in less than 16 bits or in LEB128: line numbers, frames
// and lengths of ranges, on which no result depends. Type 0 is no relocation
// everywhere.
var machines = map[elf.Machine]map[uint32]rule{
	elf.EM_X86_64: {
		1: set64, 10: set32, 11: set32, 12: set16, 14: set8, // 64, 32, 32S, 16, 8
		17: leave, 21: leave, // DTPOFF64, DTPOFF32
	},
	elf.EM_386: {
		1: set32, 20: set16, 22: set8, // 32, 16, 8
		32: leave, // TLS_LDO_32
	},
	elf.EM_AARCH64: {
		257: set64, 258: set32, 259: set16, // ABS64, ABS32, ABS16
		256: leave, 1029: leave, // NONE, TLS_DTPREL64
	},
	elf.EM_ARM: {
		2: set32, 5: set16, 8: set8, // ABS32, ABS16, ABS8
		106: leave, // TLS_LDO32
	},
	elf.EM_PPC64: {
		1: set32, 24: set32, 25: set16, 38: set64, 43: set64, // ADDR32, UADDR32, UADDR16, ADDR64, UADDR64
		78: leave, 110: leave, // DTPREL64, DTPREL32
	},
	elf.EM_PPC: {
		1: set32, 24: set32, 25: set16, // ADDR32, UADDR32, UADDR16
		78: leave, // DTPREL32
	},
	elf.EM_S390: {
		1: set8, 3: set16, 4: set32, 22: set64, // 8, 16, 32, 64
		52: leave, 53: leave, // TLS_LDO32, TLS_LDO64
	},
	elf.EM_RISCV: {
		1: set32, 2: set64, 54: set8, 55: set16, 56: set32, // 32, 64, SET8, SET16, SET32
		34: add16, 35: add32, 36: add64, 38: sub16, 39: sub32, 40: sub64, // ADD16, …, SUB64
		33: leave, 37: leave, 52: leave, 53: leave, 60: leave, 61: leave, // ADD8, SUB8, SUB6, SET6, SET_ULEB128, SUB_ULEB128
		8: leave, 9: leave, // TLS_DTPREL32, TLS_DTPREL64
	},
	elf.EM_LOONGARCH: {
		1: set32, 2: set64, // 32, 64
		48: add16, 50: add32, 51: add64, 53: sub16, 55: sub32, 56: sub64, // ADD16, …, SUB64
		47: leave, 49: leave, 52: leave, 54: leave, // ADD8, ADD24, SUB8, SUB24
		105: leave, 106: leave, 107: leave, 108: leave, // ADD6, SUB6, ADD_ULEB128, SUB_ULEB128
		8: leave, 9: leave, // TLS_DTPREL32, TLS_DTPREL64
	},
	elf.EM_MIPS: {
		1: set16, 2: set32, 18: set64, // 16, 32, 64
		39: leave, 41: leave, // TLS_DTPREL32, TLS_DTPREL64
	},
	elf.EM_SPARC:       sparc,
	elf.EM_SPARC32PLUS: sparc,
	elf.EM_SPARCV9:     sparc,
	elf.EM_ALPHA: {
		1: set32, 2: set64, // REFLONG, REFQUAD
		33: leave, // DTPREL64
	},
	elf.EM_68K: {
		1: set32, 2: set16, 3: set8, // 32, 16, 8
		31: leave, // TLS_LDO32
	},
	elf.EM_SH: {
		1:   set32, // DIR32
		146: leave, // TLS_LDO_32
	},
	elf.EM_IA_64:        {37: set32, 39: set64, 101: set32, 103: set64}, // DIR32LSB, DIR64LSB, SECREL32LSB, SECREL64LSB
	elf.EM_ARC_COMPACT2: {1: set8, 2: set16, 4: set32},                  // 8, 16, 32
	elf.EM_BPF: {
		1: set64, 10: set32, // 64_64, 64_32
		2: leave, 3: leave, 4: leave, // 64_ABS64, 64_ABS32, 64_NODYLD32: newer than libdwfl, which takes the fields as they are
	},
}

var sparc = map[uint32]rule{
	1: set8, 2: set16, 3: set32, 23: set32, 32: set64, 54: set64, 55: set16, // 8, 16, 32, UA32, 64, UA64, UA16
	76: leave, 77: leave, // TLS_DTPOFF32, TLS_DTPOFF64
}

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
	opSet        // symbol + addend; with SHT_REL the addend is what the field holds
	opAdd        // added to the field
	opSub        // subtracted from it
	opLeave      // libdwfl leaves the field as it is, and so do we
)

var (
	leave = rule{op: opLeave}

	set8, set16, set32, set64 = rule{opSet, 1}, rule{opSet, 2}, rule{opSet, 4}, rule{opSet, 8}
	add16, add32, add64       = rule{opAdd, 2}, rule{opAdd, 4}, rule{opAdd, 8}
	sub16, sub32, sub64       = rule{opSub, 2}, rule{opSub, 4}, rule{opSub, 8}
)

// machines are the types that stand in debug sections, by machine (libdwfl: the
// reloc_simple_type of its backends). What is left alone are offsets of variables of
// threads, and the LEB128 numbers of ranges in objects whose code the linker will
// make shorter; no result depends on them.
var machines = map[elf.Machine]map[uint32]rule{
	elf.EM_X86_64: {
		uint32(elf.R_X86_64_NONE): leave, uint32(elf.R_X86_64_DTPOFF64): leave, uint32(elf.R_X86_64_DTPOFF32): leave,
		uint32(elf.R_X86_64_64): set64, uint32(elf.R_X86_64_32): set32, uint32(elf.R_X86_64_32S): set32,
		uint32(elf.R_X86_64_16): set16, uint32(elf.R_X86_64_8): set8,
	},
	elf.EM_386: {
		uint32(elf.R_386_NONE): leave, uint32(elf.R_386_TLS_LDO_32): leave,
		uint32(elf.R_386_32): set32, uint32(elf.R_386_16): set16, uint32(elf.R_386_8): set8,
	},
}

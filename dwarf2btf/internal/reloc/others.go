package reloc

import (
	"debug/elf"
	"sync"

	"github.com/gopahole/gopahole/elffile"
)

// Machines that debug/elf has no name for.
const (
	emSPU       elf.Machine = 23
	emVE        elf.Machine = 251
	emCSKY      elf.Machine = 252
	emARC64     elf.Machine = 253 // EM_ARC_COMPACT3_64
	emARC3      elf.Machine = 255 // EM_ARC_COMPACT3
	emKVX       elf.Machine = 256
	emEpiphany  elf.Machine = 0x1223
	emMT        elf.Machine = 0x2530
	emWasm      elf.Machine = 0x4157
	emS12Z      elf.Machine = 0x4def
	emFRV       elf.Machine = 0x5441
	emDLX       elf.Machine = 0x5aa5
	emXstormy16 elf.Machine = 0xad45
	emIQ2000    elf.Machine = 0xfeba
	emNIOS32    elf.Machine = 0xfebb
	emMeP       elf.Machine = 0xf00d
	emScore                 = elf.EM_SCORE7
)

// sameAs has the numbers that stand for a machine that has another one as well, mostly
// from the time before it got that, and the variants with the same relocations. It is made when
// it is needed, as others is: few processes do.
var sameAs = sync.OnceValue(func() map[elf.Machine]elf.Machine {
	return map[elf.Machine]elf.Machine{
		6:                elf.EM_386, // EM_IAMCU
		elf.EM_L10M:      elf.EM_X86_64,
		elf.EM_K10M:      elf.EM_X86_64,
		10:               elf.EM_MIPS,    // EM_MIPS_RS3_LE
		11:               elf.EM_SPARCV9, // EM_OLD_SPARCV9
		elf.EM_ALPHA_STD: elf.EM_ALPHA,
		elf.EM_COLDFIRE:  elf.EM_68K,
		elf.EM_68HC12:    elf.EM_68HC11,
		elf.EM_H8_300H:   elf.EM_H8_300,
		elf.EM_H8S:       elf.EM_H8_300,
		99:               elf.EM_PJ, // EM_PJ_OLD
		emARC3:           elf.EM_ARC_COMPACT2,
		0x1057:           elf.EM_AVR,
		0x1059:           elf.EM_MSP430,
		0x3330:           elf.EM_FR30,
		0x7650:           elf.EM_D10V,
		0x7676:           elf.EM_D30V,
		0x8217:           elf.EM_IP2K,
		0x9041:           elf.EM_M32R,
		0x9080:           elf.EM_V850,
		0xa390:           elf.EM_S390,
		0xabc7:           elf.EM_XTENSA,
		0xbaab:           elf.EM_MICROBLAZE,
		0xbeef:           elf.EM_MN10300,
		0xdead:           elf.EM_MN10200,
		0xfeb0:           elf.EM_M32C,
		0xfeed:           elf.EM_MOXIE,
	}
})

// others are the types of machines that libdwfl does not know, and for which pahole
// takes the sections as they stand in the file: absolute addresses and offsets,
// differences, and offsets of thread-local variables (binutils: include/elf, and what
// readelf applies to debug sections; LLVM: ELFRelocs). Left alone are differences that
// the assembler has written into the field, and that only a linker changes which
// takes instructions out.
var others = sync.OnceValue(func() map[elf.Machine]types {
	return map[elf.Machine]types{
		elf.EM_860:           {1: set32},
		elf.EM_960:           {2: set32},
		emEpiphany:           {1: set8, 2: set16, 3: set32},  // readelf has 5 for 16 bits, which is relative
		elf.EM_AMDGPU:        {1: set32, 3: set64, 6: set32}, // ABS32_LO, ABS64, ABS32
		elf.EM_ARC:           {1: set32, 2: set24},           // that of before ARCompact, which only old binutils write
		elf.EM_ARC_COMPACT:   machineTypes(elf.EM_ARC_COMPACT2),
		emARC64:              {1: set8, 2: set16, 3: set24, 4: set32, 5: set64, 67: leave},    // TLS_DTPOFF
		elf.EM_AVR:           {1: set32, 4: set16, 26: set8, 30: leave, 31: leave, 32: leave}, // DIFF8, DIFF16, DIFF32
		elf.EM_BLACKFIN:      {0x10: set8, 0x11: set16, 0x12: set32},
		elf.EM_CR16:          {1: set8, 2: set16, 3: set32, 4: set32},             // NUM8, NUM16, NUM32, NUM32a
		elf.EM_CRIS:          {1: set8, 2: set16, 3: set32, 24: leave, 25: leave}, // 32_DTPREL, 16_DTPREL
		elf.EM_CRX:           {13: set8, 14: set16, 15: set32},
		elf.EM_CUDA:          {1: set32, 2: set64},
		elf.EM_D10V:          {3: set16, 6: set32},
		elf.EM_D30V:          {10: set32, 12: inPlace32}, // 32, 32_NORMAL
		emDLX:                {1: set8, 2: set16, 3: set32},
		elf.EM_FR30:          {1: set8, 3: set32},
		emFRV:                {1: set32},
		elf.EM_FT32:          {1: set32, 2: set16, 3: set8, 5: set24, 12: leave}, // 20 bits in 24; DIFF32
		elf.EM_H8_300:        {1: set32, 11: set24, 17: set16, 24: set8},
		elf.EM_IP2K:          {1: set16, 2: set32},
		emIQ2000:             {1: set16, 2: set32, 10: set32},                     // 32_DEBUG
		emKVX:                {1: set16, 2: set32, 3: set64, 82: set8, 55: leave}, // 64_DTPOFF
		elf.EM_LANAI:         {4: set32},
		elf.EM_LATTICEMICO32: {1: set8, 2: set16, 3: set32},
		elf.EM_M32C:          {1: set16, 2: set24, 3: set32, 6: set8},
		elf.EM_M32R:          {1: set16, 2: set32, 3: set24, 33: set16, 34: set32, 35: set24}, // with SHT_REL, and with SHT_RELA
		elf.EM_68HC11:        {1: set8, 5: set16, 6: set32, 11: set24},
		elf.EM_RCE:           {1: set32}, // EM_MCORE
		emMeP:                {2: set8, 3: set16, 4: set32},
		elf.EM_METAG:         {0: unknown0, 2: set32, 3: leave, 51: leave, 58: leave}, // ADDR32, NONE, TLS_LDO, TLS_DTPOFF
		elf.EM_MICROBLAZE:    {1: set32, 9: leave, 33: leave, 26: leave, 27: leave},   // 64_NONE, 32_NONE, TLSDTPREL32, TLSDTPREL64
		elf.EM_MMIX:          {1: set8, 2: set16, 3: set24, 4: set32, 5: set64},
		elf.EM_MN10200:       {1: set32, 2: set16, 3: set8, 4: set24},
		elf.EM_MN10300:       {1: set32, 2: set16, 3: set8, 9: set24, 26: leave, 31: leave, 33: less, 34: leave}, // TLS_LDO, TLS_DTPOFF, SYM_DIFF, ALIGN
		elf.EM_MOXIE:         {1: set32},
		elf.EM_MSP430:        {1: set32, 3: set16, 5: set16, 9: set8, 10: less, 11: leave, 12: leave}, // 16, 16_BYTE, SYM_DIFF, GNU_SET_ULEB128, GNU_SUB_ULEB128
		emMT:                 {1: set16, 2: set32},
		elf.EM_NDS32:         nds32,
		elf.EM_ALTERA_NIOS2:  {12: set32, 13: set16, 14: set8, 34: leave}, // TLS_DTPREL
		emNIOS32:             {1: set32, 9: set16},
		elf.EM_OPENRISC:      {1: set32, 2: set16, 3: set8, 33: leave}, // TLS_DTPOFF
		elf.EM_PARISC: {
			1: set32, 41: set32, 49: set32, 80: set64, 104: set64, 112: set64, // DIR32, SECREL32, SEGREL32, DIR64, SECREL64, SEGREL64
			244: leave, 245: leave, // TLS_DTPOFF32, TLS_DTPOFF64
		},
		elf.EM_PJ:       {1: inPlace32},
		elf.EM_RL78:     renesas,
		elf.EM_RX:       renesas,
		elf.EM_S370:     {1: set32, 2: set32, 3: set16, 8: set8}, // ADDR31, ADDR32, ADDR16, ADDR8
		emS12Z:          {6: set32, 7: set32, 4: set24},          // CW32, EXT32, EXT24
		emScore:         {8: set32, 9: set16},
		emSPU:           {6: set32},
		elf.EM_TI_C6000: {1: set32, 2: set16, 3: set8},
		elf.EM_TI_PRU:   {8: set16, 11: set32, 64: set8, 65: leave, 66: leave, 67: leave}, // GNU_DIFF8, GNU_DIFF16, GNU_DIFF32
		elf.EM_TILEGX:   {1: set64, 2: set32, 3: set16, 4: set8, 107: leave, 110: leave},  // TLS_DTPOFF64, TLS_DTPOFF32
		elf.EM_TILEPRO:  {1: set32, 2: set16, 3: set8, 83: leave},                         // TLS_DTPOFF32
		elf.EM_V800:     v850,
		elf.EM_V850:     v850,
		elf.EM_VAX:      {1: set32, 2: set16, 3: set8},
		emVE:            {1: set32, 2: set64, 23: leave, 29: leave}, // DTPOFF64, DTPOFF32
		elf.EM_VISIUM:   {1: set8, 2: set16, 3: set32},
		emWasm:          {1: set32},
		elf.EM_XGATE:    {1: set8, 3: set16, 4: set32, 8: set24},
		emXstormy16:     {1: set32, 2: set16, 3: set8, 8: set24},
		elf.EM_XTENSA: {
			1: inPlace32, 64: set32, // 32, 32_ABS
			17: leave, 18: leave, 19: leave, // DIFF8, DIFF16, DIFF32
			57: leave, 58: leave, 59: leave, 60: leave, 61: leave, 62: leave, 63: leave, // PDIFF8, …, NDIFF32, PDIFF_ULEB128
			52: leave, // TLS_DTPOFF
		},
		elf.EM_Z80: {1: set8, 4: set16, 5: set24, 6: set32},
	}
})

var nds32 = types{
	1: set16, 2: set32, 19: set16, 20: set32, // with SHT_REL, and with SHT_RELA
	205: leave, 206: leave, 207: leave, 208: leave, // DIFF8, DIFF16, DIFF32, DIFF_ULEB128
}

// renesas are RL78 and RX.
var renesas = types{
	0x01: set32, 0x02: set24, 0x03: set16, 0x06: set8, // DIR32, DIR24S, DIR16, DIR8
	0x41: store32, 0x43: store16, 0x46: store8, // ABS32, ABS16, ABS8
	0x80: push, 0x81: negate, 0x82: plus, 0x83: minus, // SYM, OPneg, OPadd, OPsub
}

// v850 has both ABIs, the GNU one and that of Renesas, which have different numbers.
var v850 = types{
	6: set32, 7: set16, 8: set8, // ABS32, 16, 8
	0x31: set8, 0x32: set16, 0x33: set32, 0xa0: store32, // BYTE, HWORD, WORD, ABS32
	0xe0: push, 0xe1: plus, 0xe2: minus, // SYM, OPadd, OPsub
}

// msp430X are the types of MSP430 files with the EABI numbers, see msp430EABI.
var msp430X = types{
	1: set32, 2: set16, 3: set8, 15: set16, // ABS32, ABS16, ABS8, X_ABS16
	21: less, 22: leave, 23: leave, // SYM_DIFF, GNU_SET_ULEB128, GNU_SUB_ULEB128
}

// msp430EABI reports whether a file has the numbers of the EABI: GNU tools write them for
// the larger machine only, and those of TI always (binutils: uses_msp430x_relocs).
func msp430EABI(f *elffile.File) bool {
	const machMask, machX = 0xff, 45
	return f.Flags&machMask == machX || f.OSABI == elf.ELFOSABI_NONE
}

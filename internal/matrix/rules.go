package main

import (
	"slices"
	"strings"
)

// A rule accounts for results that are not the same.
type rule struct {
	name string // the reason
	row  string // a piece of the row of DIFFERENCES.md
	when func(c *cell) bool

	says   string            // the message of gopahole, which refuses the file; else it writes something
	like   string            // the form to compare with, if it is not that of the form
	dwarf5 bool              // compare with the same form in DWARF 5, whatever pahole writes of that
	unlike bool              // of that form, pahole does not write the same either
	only   func(string) bool // if set, the types are compared with those of pahole instead: nothing but these may differ
}

func variables(text string) bool { return strings.HasPrefix(text, "var ") }

func name(part string) func(*cell) bool {
	return func(c *cell) bool { return strings.Contains(c.form.name, part) }
}

// machine returns whether a cell is one of these machines', and relocatable.
func relocated(names ...string) func(*cell) bool {
	return func(c *cell) bool {
		return c.form.kind != linked && slices.ContainsFunc(names, func(n string) bool { return strings.Contains(c.compiler.name, n) })
	}
}

// rules are tried in their order.
var rules = []rule{
	{
		name: "libelf reads the relocations of this machine from the wrong places",
		row:  "an object or module of little-endian 64-bit MIPS",
		when: relocated("mips64el"),
	},
	{
		name: "libdwfl loses the addends of this machine",
		row:  "an object or module of SuperH",
		when: relocated("sh4-", "sh-elf"),
	},
	{
		name: "libdwfl does not know the relocations of this variant",
		row:  "AArch64 ILP32",
		when: relocated("ilp32"),
	},
	{
		name: "the GNU linker for MSP430 joins sections of clang without adapting their relocations",
		row:  "DWARF that cannot be decoded",
		when: relocated("msp430"),
		says: "leaves the unit",
	},
	{
		name: "libdw reads no addresses of 2 bytes",
		row:  "addresses of 2 bytes",
		when: func(c *cell) bool {
			return c.dwarf == 5 && c.form.kind == linked && strings.Contains(c.compiler.name, "=avr")
		},
		only: variables,
	},
	{
		name:   "libdw reads no addresses of 2 bytes",
		row:    "addresses of 2 bytes",
		when:   func(c *cell) bool { return c.form.kind == linked && strings.Contains(c.compiler.name, "=avr") },
		dwarf5: true,
	},
	{
		name:   "libdwfl does not know the relocations of this machine, and libdw no addresses of 2 bytes",
		row:    "addresses of 2 bytes",
		when:   relocated("=avr"),
		unlike: true,
	},
	{
		name: "libdwfl does not know the relocations of this machine",
		row:  "machines that libdwfl has no relocations for",
		when: relocated("hppa", "avr", "or1k", "xtensa", "amdgcn", "lanai", "msp430", "=ve-"),
	},
	{
		name: "pahole takes offsets in a supplementary file of DWARF 5 for those of the file",
		row:  "`.debug_sup`, the same in DWARF 5",
		when: name("dwz -5"),
	},
	{
		name: "an object of clang -flto is LLVM bitcode",
		row:  "no ELF file",
		when: name("lto object"),
		says: "bitcode",
	},
	{
		name: "clang writes no types with -g1",
		row:  "a file whose DWARF has no types",
		when: name("-g1, "),
		says: "nothing to encode",
	},
	{
		name: "the .dwo files are not there",
		row:  "split DWARF without the rest",
		when: name("dwo missing"),
		says: ".dwo",
	},
	{
		name: "pahole reads no split DWARF",
		row:  "the same with the rest",
		when: name("split"),
	},
	{
		name: "references to type units lead to other types or to void, or pahole crashes",
		row:  "type units (`-fdebug-types-section`)",
		when: name("type units"),
	},
	{
		name: "libdwfl stops at the first relocation with a symbol in a section of the machine",
		row:  "a symbol with a section number that belongs to the machine",
		when: name("large common"),
		like: "common, ld -r",
	},
	{
		name: "compact relocations are not known to libdwfl",
		row:  "compact relocations",
		when: name("crel"),
	},
}

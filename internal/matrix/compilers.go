package main

import (
	"fmt"
	"slices"
)

// A compiler is one that Debian has a package of, for one machine.
type compiler struct {
	name    string // of the row: gcc-16, clang-14, avr-gcc, clang-23 --target=hexagon
	tree    string // the Debian it is in
	command string // of the compiler, with the options that choose the machine
	ld      string // the linker, empty if there is none
	twin    string // a compiler for a machine with the same types, if nothing can be linked
	clang   bool
	version int
	host    bool // for the machine that it runs on: all forms, not a few
}

// all reports whether a program of a DWARF version has all forms, not a few: those of the host have, the oldest and the
// newest compilers for all versions, the others for the one that is their default.
func (c *compiler) all(dwarf int) bool {
	ends := slices.Contains([]string{"gcc-9", "gcc-11", "gcc-16", "clang-9", "clang-14", "clang-23"}, c.name)
	return c.host && (ends || dwarf == 5)
}

// oldest is the oldest Debian that there is.
const oldest = "bullseye"

// hostLink are the options of a compiler with which it links without libraries. For other machines the linker is called
// by its name.
const hostLink = "-nostdlib -static -no-pie -Wl,-e,0 -Wl,--unresolved-symbols=ignore-all -Wl,--build-id=none -Wl,-T,$src/percpu.lds"

// compilers returns all of them, the oldest first.
func compilers() (list []compiler) {
	for v := 9; v <= 16; v++ {
		tree := "sid"
		if v <= 10 {
			tree = oldest
		}
		list = append(list, compiler{name: fmt.Sprint("gcc-", v), tree: tree, command: fmt.Sprint("gcc-", v), version: v, host: true, ld: "ld"})
	}
	for v := 9; v <= 23; v++ {
		tree := "sid"
		switch {
		case v == 9, v == 11, v == 13:
			tree = oldest
		case v < 14:
			continue // no Debian of ours has them
		case v <= 16:
			tree = "bookworm"
		case v <= 18:
			tree = "trixie"
		case v == 20:
			continue // no Debian has it any more
		}
		list = append(list, compiler{name: fmt.Sprint("clang-", v), tree: tree, command: fmt.Sprint("clang-", v), version: v, clang: true, host: true, ld: "ld"})
	}
	for _, prefix := range []string{"aarch64-linux-gnu", "alpha-linux-gnu", "arc-linux-gnu", "arm-linux-gnueabihf", "hppa-linux-gnu", "hppa64-linux-gnu",
		"i686-linux-gnu", "loongarch64-linux-gnu", "m68k-linux-gnu", "mips-linux-gnu", "mips64el-linux-gnuabi64", "mips64-linux-gnuabi64",
		"powerpc-linux-gnu", "powerpc64-linux-gnu", "powerpc64le-linux-gnu", "riscv64-linux-gnu", "s390x-linux-gnu", "sh4-linux-gnu", "sparc64-linux-gnu",
		"x86_64-linux-gnux32"} {
		list = append(list, compiler{name: prefix + "-gcc", tree: "sid", command: prefix + "-gcc", version: 16, ld: prefix + "-ld"})
	}
	// Debian 11 has the oldest: those of Linux 5.4 and before are as old as gcc 4.8.
	for _, prefix := range []string{"aarch64-linux-gnu", "alpha-linux-gnu", "arm-linux-gnueabihf", "i686-linux-gnu", "m68k-linux-gnu", "powerpc-linux-gnu",
		"powerpc64-linux-gnu", "powerpc64le-linux-gnu", "riscv64-linux-gnu", "s390x-linux-gnu", "sparc64-linux-gnu"} {
		list = append(list, compiler{name: prefix + "-gcc-9", tree: oldest, command: prefix + "-gcc-9", version: 9, ld: prefix + "-ld"})
	}
	for _, prefix := range []string{"mips-linux-gnu", "mips64-linux-gnuabi64"} {
		list = append(list, compiler{name: prefix + "-gcc-10", tree: oldest, command: prefix + "-gcc-10", version: 10, ld: prefix + "-ld"})
	}
	for _, old := range []struct {
		prefix  string
		version int
	}{{"avr", 5}, {"arm-none-eabi", 8}, {"riscv64-unknown-elf", 8}} {
		list = append(list, compiler{name: fmt.Sprint(old.prefix, "-gcc-", old.version), tree: oldest, command: old.prefix + "-gcc", version: old.version, ld: old.prefix + "-ld"})
	}
	for _, prefix := range []string{"avr", "or1k-elf", "sh-elf", "xtensa-lx106-elf", "bpf"} {
		c := compiler{name: prefix + "-gcc", tree: "sid", command: prefix + "-gcc", ld: prefix + "-ld"}
		if prefix == "bpf" {
			c.ld = "" // it does not adapt what the sections hold
		}
		if prefix == "bpf" || prefix == "xtensa-lx106-elf" {
			c.command += " -DSMALL"
		}
		list = append(list, c)
	}
	// Of the machines that no linker here knows, objects only.
	const lld = "ld.lld-23"
	for _, target := range []struct{ name, ld string }{
		{"aarch64-linux-gnu", lld}, {"aarch64_be-linux-gnu", lld}, {"aarch64-linux-gnu_ilp32", "aarch64-linux-gnu-ld -m aarch64linux32"}, {"amdgcn-amd-amdhsa", lld}, {"arm-linux-gnueabihf", lld}, {"armeb-linux-gnueabihf", lld},
		{"avr", "avr-ld"}, {"bpfel", ""}, {"bpfeb", ""}, {"csky-linux-gnu", ""}, {"hexagon-linux-musl", lld}, {"i686-linux-gnu", lld}, {"lanai", ""},
		{"loongarch32-linux-gnu", lld}, {"loongarch64-linux-gnu", lld}, {"m68k-linux-gnu", "m68k-linux-gnu-ld"}, {"mips-linux-gnu", lld}, {"mipsel-linux-gnu", lld},
		{"mips64-linux-gnuabi64", lld}, {"mips64el-linux-gnuabi64", lld}, {"msp430", "msp430-unknown-elf-ld"}, {"powerpc-linux-gnu", lld}, {"powerpcle-linux-gnu", lld},
		{"powerpc64-linux-gnu", lld}, {"powerpc64le-linux-gnu", lld}, {"riscv32-linux-gnu", lld}, {"riscv64-linux-gnu", lld}, {"s390x-linux-gnu", lld}, {"sparc-linux-gnu", "sparc64-linux-gnu-ld -m elf32_sparc"},
		{"sparcel-linux-gnu", ""}, {"sparcv9-linux-gnu", lld}, {"ve-linux-gnu", ""}, {"x86_64-linux-gnux32", lld}, {"xcore", ""}, {"xtensa", "xtensa-lx106-elf-ld"},
	} {
		c := compiler{name: "clang-23 --target=" + target.name, tree: "sid", clang: true, version: 23, ld: target.ld, command: "clang-23 --target=" + target.name}
		switch target.name {
		case "ve-linux-gnu":
			c.twin = "clang-23"
		case "lanai":
			c.twin = "clang-23 --target=mips-linux-gnu"
		case "amdgcn-amd-amdhsa", "avr", "bpfel", "bpfeb", "m68k-linux-gnu", "xtensa":
			c.command += " -DSMALL"
		}
		list = append(list, c)
	}
	return list
}

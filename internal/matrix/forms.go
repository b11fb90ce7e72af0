package main

import (
	"path"
	"strings"
)

// A form is a kind of file that a program can be built as.
type form struct {
	name     string
	kind     kind
	options  string             // of the compiler
	ld       string             // options of the linker with ld -r
	script   string             // what is done with the result, $out, afterwards
	sources  string             // the units, all if empty; types.c for objects
	where    func(c *cell) bool // whether the compiler and the DWARF version have it; nil is always
	everyone bool               // for all machines, not for the host's only
	old      bool               // the units are those of testdata/old
	like     string             // the form that has the same types, of which both programs write the same; see rules
}

type kind uint8

const (
	object      kind = iota // one unit, not linked
	relocatable             // all units, by ld -r
	linked                  // all units, linked
)

func gcc(c *cell) bool   { return !c.clang }
func clang(c *cell) bool { return c.clang }

// elder: of other machines' compilers, the old ones.
func elder(c *cell) bool { return c.host || c.tree == oldest }

// dwz: the program is in the tree, and knows the version.
func dwz(c *cell) bool { return c.tree == "sid" || c.tree == oldest && c.dwarf < 5 }

func from(dwarf int) func(*cell) bool { return func(c *cell) bool { return c.dwarf >= dwarf } }

// sources of the program; those of units beside it are in options.
const sources = "types.c calls.c data.c"

var forms = []form{
	{name: "object", kind: object, options: "-O2", everyone: true, like: "object, linked"},
	{name: "object -O0", kind: object, options: "-O0", everyone: true, like: "object -O0, linked"},
	{name: "object, linked", kind: linked, options: "-O2", sources: "types.c", everyone: true},
	{name: "object -O0, linked", kind: linked, options: "-O0", sources: "types.c", everyone: true},
	{name: "object strict", kind: object, options: "-O2 -gstrict-dwarf"},
	{name: "ld -r", kind: relocatable, options: "-O2", everyone: true, like: "linked"},
	{name: "ld -r -O0", kind: relocatable, options: "-O0"},
	{name: "linked", kind: linked, options: "-O2", everyone: true, like: "ld -r"},
	{name: "linked -O0", kind: linked, options: "-O0"},
	{name: "linked -Os", kind: linked, options: "-Os"},
	{name: "linked -O3", kind: linked, options: "-O3"},
	{name: "strict, linked", kind: linked, options: "-O2 -gstrict-dwarf"},
	{name: "type units, object", kind: object, options: "-O2 -fdebug-types-section", where: from(4), like: "object"},
	{name: "type units, ld -r", kind: relocatable, options: "-O2 -fdebug-types-section", where: from(4), like: "linked", everyone: true},
	{name: "type units, linked", kind: linked, options: "-O2 -fdebug-types-section", where: from(4), like: "linked"},
	{name: "split, object", kind: object, options: "-O2 -gsplit-dwarf", where: from(4), like: "object"},
	{name: "split, ld -r", kind: relocatable, options: "-O2 -gsplit-dwarf", where: from(4), like: "ld -r"},
	{name: "split, linked", kind: linked, options: "-O2 -gsplit-dwarf", where: from(4), like: "linked"},
	{name: "split and packed", kind: linked, options: "-O2 -gsplit-dwarf", where: from(4), script: "llvm-dwp-23 -e $out -o $out.dwp && rm -f *.dwo", like: "linked"},
	{name: "split, dwo missing", kind: linked, options: "-O2 -gsplit-dwarf", where: from(4), script: "rm -f *.dwo", like: "linked"},
	{name: "split, type units", kind: linked, options: "-O2 -gsplit-dwarf -fdebug-types-section", where: from(4), like: "linked"},
	{name: "zlib, ld -r", kind: relocatable, options: "-O2 -gz=zlib"},
	{name: "zlib, linked", kind: linked, options: "-O2 -gz=zlib"},
	{name: "zstd, ld -r", kind: relocatable, options: "-O2 -gz=zstd"},
	{name: "zlib-gnu, linked", kind: linked, options: "-O2", script: "objcopy --compress-debug-sections=zlib-gnu $out"},
	{name: "dwarf64, ld -r", kind: relocatable, options: "-O2 -gdwarf64", where: from(3), like: "dwarf64, linked", everyone: true},
	{name: "dwarf64, linked", kind: linked, options: "-O2 -gdwarf64", where: from(3), everyone: true},
	{name: "lto, linked", kind: linked, options: "-O2 -flto"},
	{name: "fat lto object", kind: object, options: "-O2 -flto -ffat-lto-objects", like: "object"},
	{name: "lto object", kind: object, options: "-O2 -flto"},
	{name: "lto merged by its note", kind: relocatable, options: "-O2 -DLTO_NOTE"},
	{name: "-g1, object", kind: object, options: "-O2 -g1"},
	{name: "-g1, linked", kind: linked, options: "-O2 -g1"},
	{name: "-g1 beside -g, ld -r", kind: relocatable, options: "-O2 -DG1"},
	{name: "-g3, linked", kind: linked, options: "-O2 -g3"},
	{name: "common, ld -r", kind: relocatable, options: "-O2 -fcommon"},
	{name: "common, linked", kind: linked, options: "-O2 -fcommon"},
	{name: "large common, ld -r", kind: relocatable, options: "-O2 -fcommon -mcmodel=medium -mlarge-data-threshold=64"},
	{name: "crel, object", kind: object, options: "-O2 -Wa,--allow-experimental-crel -Wa,--crel", where: func(c *cell) bool { return c.clang && c.version >= 20 }, like: "object"},
	{name: "crel, ld -r", kind: relocatable, options: "-O2 -Wa,--allow-experimental-crel -Wa,--crel", where: func(c *cell) bool { return c.clang && c.version >= 21 }, like: "ld -r"},
	{name: "sections, ld -r", kind: relocatable, options: "-O2 -ffunction-sections -fdata-sections"},
	{name: "sections, linked", kind: linked, options: "-O2 -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,-u,add -Wl,-u,types_user"},
	{name: "unused types, ld -r", kind: relocatable, options: "-O2 -fno-eliminate-unused-debug-types", where: gcc},
	{name: "unused types, ld -r", kind: relocatable, options: "-O2 -fno-eliminate-unused-debug-types", where: clang},
	{name: "tags, ld -r", kind: relocatable, options: "-O2 -DTAGS", where: func(c *cell) bool { return c.clang && c.version >= 14 || c.version >= 16 }},
	{name: "thread-local, ld -r", kind: relocatable, options: "-O2 -DTLS", everyone: true, like: "thread-local, linked"},
	{name: "thread-local, linked", kind: linked, options: "-O2 -DTLS", everyone: true},
	{name: "a C++ unit beside, ld -r", kind: relocatable, options: "-O2 -DCXX"},
	{name: "an assembler unit beside, ld -r", kind: relocatable, options: "-O2 -DASM"},
	{name: "shared", kind: linked, options: "-O2 -shared -fPIC"},
	{name: "relocations kept, linked", kind: linked, options: "-O2 -Wl,--emit-relocs"},
	{name: "debuglink", kind: linked, options: "-O2", like: "linked",
		script: "objcopy --only-keep-debug $out $out.debug && objcopy --strip-debug --add-gnu-debuglink=$out.debug $out"},
	{name: "debuglink, ld -r", kind: relocatable, options: "-O2", like: "ld -r",
		script: "objcopy --only-keep-debug $out $out.debug && objcopy --strip-debug --add-gnu-debuglink=$out.debug $out"},
	{name: "only debug", kind: linked, options: "-O2", script: "objcopy --only-keep-debug $out"},
	{name: "dwz, linked", kind: linked, options: "-O2", where: dwz, script: "dwz $out"},
	{name: "dwz -m, linked", kind: linked, options: "-O2", where: dwz, like: "linked",
		script: "cp $out second && dwz -m shared.dwz $out second"},
	{name: "dwz -5, linked", kind: linked, options: "-O2", where: func(c *cell) bool { return c.tree == "sid" && c.dwarf == 5 }, like: "linked",
		script: "cp $out second && dwz -5 -m shared.dwz $out second"},
	{name: "old C, object", kind: object, options: "-O2 -std=gnu89", old: true, everyone: true, where: elder, like: "old C, object, linked"},
	{name: "old C, object, linked", kind: linked, options: "-O2 -std=gnu89", old: true, sources: "old.c", everyone: true, where: elder},
	{name: "old C, ld -r", kind: relocatable, options: "-O2 -std=gnu89", old: true, everyone: true, where: elder, like: "old C, linked"},
	{name: "old C, linked", kind: linked, options: "-O2 -std=gnu89", old: true, everyone: true, where: elder, like: "old C, ld -r"},
	{name: "old C, strict, object", kind: object, options: "-O2 -std=gnu89 -gstrict-dwarf", old: true},
	{name: "old C, strict, linked", kind: linked, options: "-O2 -std=gnu89 -gstrict-dwarf", old: true},
	{name: "old C, -O0, ld -r", kind: relocatable, options: "-O0 -std=gnu89", old: true},
	{name: "old C, -O1, linked", kind: linked, options: "-O1 -std=gnu89", old: true},
	{name: "old C, -O0, strict, linked", kind: linked, options: "-O0 -std=gnu89 -gstrict-dwarf", old: true},
	{name: "old C, as kernels compile it, linked", kind: linked, options: kernelOptions, old: true},
	{name: "old C, as modules are compiled, ld -r", kind: relocatable, options: kernelOptions, old: true},
	{name: "old C, no variables tracked, linked", kind: linked, options: "-O2 -std=gnu89 -fno-var-tracking -fno-inline", old: true, where: gcc},
	{name: "old C, reduced, linked", kind: linked, options: "-O2 -std=gnu89 -femit-struct-debug-baseonly", old: true, where: gcc},
	{name: "old C, 32 bits, ld -r", kind: relocatable, options: "-O2 -std=gnu89 -m32", ld: "-m elf_i386", old: true},
	{name: "old C, 32 bits, linked", kind: linked, options: "-O2 -std=gnu89 -m32", old: true},
	{name: "old C, 32 bits, strict, object", kind: object, options: "-O2 -std=gnu89 -m32 -gstrict-dwarf", old: true},
	{name: "old C, zlib-gnu, ld -r", kind: relocatable, options: "-O2 -std=gnu89", old: true, script: "objcopy --compress-debug-sections=zlib-gnu $out"},
	{name: "old C, zlib-gnu, linked", kind: linked, options: "-O2 -std=gnu89", old: true, script: "objcopy --compress-debug-sections=zlib-gnu $out"},
	{name: "old C, dwz, linked", kind: linked, options: "-O2 -std=gnu89", old: true, where: dwz, script: "dwz $out"},
	{name: "old C, dwz -m, linked", kind: linked, options: "-O2 -std=gnu89", old: true, where: dwz, like: "old C, linked",
		script: "cp $out second && dwz -m shared.dwz $out second"},
}

// kernelOptions are those of Linux 3.10 to 5.4.
const kernelOptions = "-O2 -std=gnu89 -fno-strict-aliasing -fno-common -fno-delete-null-pointer-checks -fno-optimize-sibling-calls " +
	"-fno-omit-frame-pointer -ffunction-sections -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -pg"

// build returns the shell script that makes the file $out of a cell from the sources in $src.
func (c *cell) build() string {
	f := c.form
	flags := "-gdwarf-" + string(rune('0'+c.dwarf)) + " -w"
	if strings.Contains(f.options, "-gdwarf64") {
		flags += " -gdwarf64"
	}
	options := f.options
	if strings.Contains(options, "-g1") {
		flags += " -g1"
	}
	if strings.Contains(options, "-g3") {
		flags += " -g3"
	}
	src, first, all := "$src", "types.c", sources
	if f.old {
		src, first, all = "$src/old", "old.c", "old.c ../calls.c ../data.c"
	}
	compile := c.command + " " + flags + " " + options + " -I$src"
	var b strings.Builder
	b.WriteString("set -e\n")
	if f.kind == object {
		b.WriteString(compile + " -c " + src + "/" + first + " -o $out\n")
	} else {
		objects := ""
		units := f.sources
		if units == "" {
			units = all
		}
		for _, name := range strings.Fields(units) {
			name = strings.TrimSuffix(name, ".c")
			object := path.Base(name) + ".o"
			with := compile
			if strings.Contains(options, "-DG1") && name == "calls" {
				with += " -g1"
			}
			b.WriteString(with + " -c " + src + "/" + name + ".c -o " + object + "\n")
			objects += " " + object
		}
		for _, extra := range []struct{ option, file string }{{"-DCXX", "cxx.cc"}, {"-DASM", "asm.S"}, {"-DLTO_NOTE", "note.S"}} {
			if strings.Contains(options, extra.option) {
				b.WriteString(compile + " -c $src/" + extra.file + " -o extra.o\n")
				objects += " extra.o"
			}
		}
		switch {
		case f.kind == relocatable:
			b.WriteString(strings.Join(strings.Fields(c.ld+" "+f.ld), " ") + " -r -o $out" + objects + "\n")
		case !c.host:
			b.WriteString(c.ld + " -e 0 --unresolved-symbols=ignore-all -T $src/percpu.lds -o $out" + objects + "\n")
		default:
			link := hostLink
			if strings.Contains(options, "-shared") {
				link = "-nostdlib -Wl,--build-id=none -Wl,-T,$src/percpu.lds"
			}
			b.WriteString(c.command + " " + flags + " " + options + " " + link + " -o $out" + objects + "\n")
		}
	}
	if f.script != "" {
		b.WriteString(f.script + "\n")
	}
	return b.String()
}

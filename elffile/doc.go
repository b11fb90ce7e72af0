// Package elffile reads ELF files of any class and byte order and puts sections
// into them. It knows nothing of what is in the sections.
//
// # Reading
//
// A file is read with ReadAt only and never mapped: one that another program
// makes shorter gives an error and no SIGBUS. A small one is read at once. New checks every size and offset
// of the section table against the size of the file, and the declared size of
// compressed sections against what their compressed size allows, before anything
// is allocated for them. A damaged file gives a *FormatError with section and
// offset, something else a *NotELFError.
//
// Compressed sections (SHF_COMPRESSED with zlib or Zstandard, .zdebug_*) read
// like others. They are decompressed when first asked for and kept.
//
// # Writing
//
// SetSections adds, replaces and removes sections that nothing refers to by
// address, such as .BTF. All else keeps its bytes, its place in the file and its
// section number:
//
//	before  | header | sections        | .symtab .strtab | .shstrtab | section headers |
//	after   | header | sections        | .symtab .strtab | .BTF | .shstrtab | section headers |
//	          e_shoff,                                    `-- the tail, written anew
//	          e_shnum, e_shstrndx
//
// New data, section names and section headers form the tail of the file. When it
// is rewritten, the tail is recognised and made anew: setting the same contents
// twice gives the same file, and setting others does not make it grow by more
// than the difference. A section that stands in the midst of the file (objcopy
// and linkers put it there) keeps its place if the new data fit, and moves to the
// tail if not; its old place becomes zeros. Data behind the last section that no
// header describes stay where they are. Where all new data have the size of the
// old ones, nothing moves.
//
// A new section is what objcopy --add-section makes: SHT_PROGBITS, no flags, no
// address, alignment 1; its data begin at a multiple of 8 in the file all the same.
// A replaced section keeps flags, address and alignment. Where it had no data
// (SHT_NOBITS in a separate debug file) it becomes a new one. Relocations of a
// section that is replaced or removed are removed: they were for its old data.
// The header of a removed section becomes SHT_NULL, since taking it away would
// renumber the sections behind it; the next section added uses it again.
//
// A section in a segment is a special case: the final vmlinux has .BTF in a
// read-only segment, between the symbols __start_BTF and __stop_BTF, and other
// sections behind it. Its place and size are compiled into the program. It can
// get new data of exactly its size, or of less with Options.ShrinkLoaded. With
// Options.MoveLoaded it leaves the segment, for tools that look for a section by
// name. Else SetSections refuses with a *LoadedError. (libelf lays such a file out
// again, which leaves program headers pointing to the wrong places.) To remove it
// is to remove its section header; the segment is not changed.
//
// How the new file takes the place of the old one is said in package outfile.
package elffile

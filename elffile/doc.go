// Package elffile reads ELF files of any class and byte order, and puts sections into
// them: what objcopy --update-section does, without a way to lose the file. What
// is in the sections is no matter here, but for [OpenBTF].
//
//	f, err := elffile.Open("module.ko")          // also module.ko.xz
//	data, err := f.SectionData(f.Section(".BTF")) // decompressed; Section gives nil if there is none
//	err = elffile.SetSections("module.ko", []elffile.Content{{Name: ".BTF", Data: btf}}, elffile.Options{})
//
// # Reading
//
// A file is read with ReadAt and never mapped: one that another program truncates gives
// an error and no SIGBUS. A small one is read at once. [New] checks every size and offset
// of the section table against the size of the file, and the declared size of compressed
// sections against what their compressed size allows, before anything is allocated for
// them. A damaged file gives a *[FormatError] with section and offset, anything else a
// *[NotELFError].
//
// Compressed sections (SHF_COMPRESSED with zlib or Zstandard, .zdebug_*) read like
// others. They are decompressed when first asked for and kept.
//
// # Writing
//
// [SetSections] and [File.WriteCopy] add, replace and remove sections that nothing refers
// to by address, such as .BTF. All else keeps its bytes, its place in the file and its
// section number:
//
//	before  | header | sections        | .symtab .strtab | .shstrtab | section headers |
//	after   | header | sections        | .symtab .strtab | .BTF | .shstrtab | section headers |
//	          e_shoff,                                    `-- the tail, written anew
//	          e_shnum, e_shstrndx
//
// New data, section names and section headers form the tail of the file. Writing again
// replaces the tail: setting the same contents twice gives the same file, and setting
// others lets it grow by no more than the difference. A section in the middle of the file
// (where objcopy and linkers put it) keeps its place if the new data fit. Otherwise it
// moves to the tail, and its old place is filled with zeros. Data after the last section
// that no header describes stay where they are. Where all new data have the size of the
// old, nothing moves.
//
// A new section is what objcopy --add-section makes: SHT_PROGBITS, no flags, no address,
// alignment 1. Its data begin at a multiple of 8 in the file all the same. A replaced
// section keeps flags, address and alignment; one without data (SHT_NOBITS in a separate
// debug file) becomes a new one. Relocations of a section that is replaced or removed are
// removed: they were for its old data. The header of a removed section becomes SHT_NULL,
// since taking it away would renumber the sections after it. The next section that is
// added uses it again.
//
// # Sections that are loaded
//
// The final vmlinux has .BTF in a read-only segment, between the symbols __start_BTF and
// __stop_BTF, with other sections after it. Its place and size are compiled into the
// program. Such a section can get new data of exactly its size. With Options.MoveLoaded
// it can also leave the segment, for tools that look for a section by name. Otherwise the
// error is a *[LoadedError]. (libelf lays such a file out again, which leaves program
// headers pointing to the wrong places.) To remove it is to remove its section header;
// the segment is not changed.
//
// # Safety
//
// The new file takes the place of the old one at once and completely, or not at all, even
// if the program is killed. Package outfile says how. Before that it is read back, and
// must hold what was put into it.
//
// # What is stable
//
// Exported names, the types of errors, and the rule that equal contents give equal files.
// Texts of errors may change.
package elffile

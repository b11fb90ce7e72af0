// Package symtab is the table of the functions an ELF file defines, as the
// selection of functions for BTF needs it.
//
//	symbols ─► Builder.Add ─► Build ─► Table
//
//	entry   key       symbols, in symbol table order
//	  0     cprop     cprop.constprop.0 @ 401060
//	  1     main      main @ 401000
//	  2     mmm       mmm @ 401050, mmm @ 401020      (ambiguous)
//
// An entry stands for all FUNC symbols whose names agree up to the first '.'.
// Entries are sorted by key, byte-wise. Functions that exist only as parts of
// others (".cold", ".part") are not in the table. (pahole 1.32:
// elf_functions__collect.)
//
// Names are kept once, in one arena; the rest are flat slices of numbers.
package symtab

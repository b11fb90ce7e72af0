// Package symtab is the table of the functions that an ELF file defines. It answers what
// the selection of functions for BTF asks: is there a function of this name, at which
// addresses, and what do the suffixes of its symbols say.
//
//	symbols ─► Builder.Add ─► Build ─► Table
//
//	symbol                           entry   key
//	  0     mmm @ 401050                0    mmm       (ambiguous)
//	  1     cprop.constprop.0 @ 401060  1    cprop
//	  2     mmm @ 401020                0
//	  3     main @ 401000               3    main
//
// The key of a symbol is its name up to the first '.'. An entry is all FUNC symbols with
// one key, and has the number of the first of them. Functions that are only parts of
// others (".cold", ".part") are not in the table. (pahole 1.32: elf_functions__collect.)
//
// Names stay in the string table of the file. All else is flat slices of numbers.
package symtab

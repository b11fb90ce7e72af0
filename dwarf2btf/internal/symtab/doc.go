// Package symtab is the table of the functions an ELF file defines, as the
// selection of functions for BTF needs it.
//
//	symbols ─► Builder.Add ─► Build ─► Table
//
//	symbol                           entry   key
//	  0     mmm @ 401050                0    mmm       (ambiguous)
//	  1     cprop.constprop.0 @ 401060  1    cprop
//	  2     mmm @ 401020                0
//	  3     main @ 401000               3    main
//
// An entry stands for all FUNC symbols whose names agree up to the first '.', and
// is numbered like the first of them. Functions that exist only as parts of others
// (".cold", ".part") are not in the table. (pahole 1.32: elf_functions__collect.)
//
// Names stay where they are, in the string table of the file; the rest are flat
// slices of numbers.
package symtab

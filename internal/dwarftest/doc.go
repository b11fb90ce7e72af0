// Package dwarftest writes small ELF files with DWARF from Go literals, for tests of readers:
//
//	image, err := (&dwarftest.File{
//		Units: []*dwarftest.Unit{{
//			Version: 4,
//			DIE: dwarftest.Die(dwarf.TagCompileUnit,
//				dwarftest.A(dwarf.AttrName, dwarftest.FormStrp, "a.c"),
//				dwarftest.Die(dwarf.TagPointerType,
//					dwarftest.A(dwarf.AttrType, dwarftest.FormRef4, "int")),
//				dwarftest.Die(dwarf.TagBaseType, dwarftest.Label("int"),
//					dwarftest.A(dwarf.AttrName, dwarftest.FormString, "int"),
//					dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 4)),
//			),
//		}},
//	}).Bytes()
//
// Both byte orders, ELF classes of 32 and 64 bits, DWARF 2 to 5 with offsets of 4 and 8 bytes, and every form can be
// written, in any combination, also in ones that no compiler would produce: the writer does not check that a form
// exists in the version or fits the attribute. It does refuse a value that the form cannot hold and a reference to a
// label that no DIE has. Malformed files are made with Raw values, or by changing a section in File.Patch.
//
// What a form takes as its value:
//
//	addr                      an integer
//	addrx, addrx1..4          an integer: the address; its index in .debug_addr is chosen by the writer
//	data1, data2, udata, sdata   an integer
//	implicit_const            an integer, which is part of the abbreviation
//	data16                    16 bytes
//	block*, exprloc           []byte or Expr
//	string, strp, line_strp, strx, strx1..4   a string; tables and indexes are made by the writer
//	flag                      a bool
//	flag_present              nil
//	ref1..8, ref_udata, ref_addr   a string: the label of a DIE; or NextSibling
//	ref_sig8                  an integer: the signature of a type unit
//	sec_offset, data4, data8  an integer, a LocList or a RangeList
//	loclistx, rnglistx        a LocList, a RangeList
//	indirect                  Indirect{form, value}
//	alternate and GNU index forms  an integer
//
// Integers are any Go integer type. Raw(n) stands for any form of a fixed size or LEB128 and is written as it is.
package dwarftest

// Package btf reads, builds, prints and writes BTF, the type format of BPF
// (Documentation/bpf/btf.rst and include/uapi/linux/btf.h in Linux 7.2, and what
// was posted for the kernels after it: LOC_PARAM, LOC_PROTO and LOCSEC). It
// knows the format and nothing else: no DWARF, no kernels, no algorithms over
// types.
//
// # Blob
//
// A blob is in one byte order, that of its magic. Section offsets count from
// the end of the header.
//
//	+--------+-------------------+--------------------+----------------------+
//	| header | types             | layout (optional)  | strings              |
//	+--------+-------------------+--------------------+----------------------+
//	0        hdr_len             layout_off           str_off
//
//	header: u16 magic 0xeb9f, u8 version 1, u8 flags 0, u32 hdr_len,
//	        u32 type_off, type_len, str_off, str_len     24 bytes, or
//	        u32 layout_off, layout_len                   32 bytes with these
//	layout: by kind: u8 bytes after the head, u8 bytes per element, u16 flags
//	strings: whole strings, each with a NUL byte
//
// # Record
//
// A type is a record of 32-bit words; IDs are positions, void is 0.
//
//	     0        1       2              3 ...
//	+---------+-------+--------------+---------------------------------+
//	| name    | info  | size or type | tail of the kind                |
//	+---------+-------+--------------+---------------------------------+
//
//	info: kind_flag 31 | kind 30..24 | vlen 23..0
//
//	kind            word 2  tail                              kind_flag
//	INT             size    encoding 27..24, offset 23..16,
//	                        bits 7..0
//	PTR VOLATILE
//	CONST RESTRICT  type
//	TYPEDEF         type
//	TYPE_TAG        type                                      C attribute
//	ARRAY           0       element, index, nelems
//	STRUCT UNION    size    vlen x name, type, offset         offset has 8 bits
//	                                                          of width on top
//	ENUM            size    vlen x name, value                signed
//	ENUM64          size    vlen x name, low, high            signed
//	FWD             0                                         union
//	FUNC            type    (vlen is the linkage)
//	FUNC_PROTO      return  vlen x name, type
//	VAR             type    linkage
//	DATASEC         size    vlen x type, offset, size
//	FLOAT           size
//	DECL_TAG        type    component_idx                     C attribute
//	LOC_PARAM       size    flags, vlen x value
//	LOC_PROTO       0       vlen x type (LOC_PARAM or 0)
//	LOCSEC          0       vlen x FUNC, LOC_PROTO, offset
//
// # Base and split
//
// Split BTF goes on where its base ends, in IDs and in string offsets, and may
// refer to both. A base may be split BTF itself.
//
//	IDs      0 | 1 ...          base | FirstID ...          split | NumIDs
//	strings  0 "" ...           base | StringStart ...      split |
//
// # Reading
//
// Open, Load and Parse make Types. Find and Named look a type up by name, All
// and Own go through types, Record says what a type is, and Members, Params,
// EnumValues and Secinfos what is in it.
//
// # In memory
//
// Types holds a blob's records as they are, in host order, with the start of
// each: no pointers, no copy per type. Byte order is a matter of Parse and
// Bytes. A Record is a view of one type; one table of kinds (kindtable.go) says
// where sizes, IDs and names are, so that code which moves or renumbers types
// needs no switch over kinds: see Refs, Names, MapRefs and MapNames.
//
//	words  [ INT 4 words | PTR 3 words | STRUCT 3 + 3*vlen words | ... ]
//	index  [ 0           , 4           , 7                       , ... , end ]
//
// # What is stable
//
// Exported names, and the text of Dump, which is bpftool's. New kinds add names, methods and
// rows; code that switches over kinds needs a default.
package btf

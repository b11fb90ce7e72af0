// Package ext reads .BTF.ext, the section beside .BTF in which compilers of BPF programs
// say which function, line and type instructions are about (Documentation/bpf/btf.rst,
// part 4.2, in Linux 7.2). Of its three parts, the records for relocations by type
// (CO-RE) are taken apart; the others are checked in form.
//
// # Section
//
// It is in one byte order, that of its magic. Offsets count from the end of the header.
//
//	header: u16 magic 0xeb9f, u8 version 1, u8 flags 0, u32 hdr_len,
//	        u32 func_info_off, func_info_len,
//	        u32 line_info_off, line_info_len         24 bytes, or
//	        u32 core_relo_off, core_relo_len         32 bytes with these
//	part:   u32 rec_size, then for each ELF section
//	        u32 sec_name_off, num_info, num_info records of rec_size bytes
//	relocation: u32 insn_off, type_id, access_str_off, kind, and what a newer
//	        compiler adds
//
// Names are offsets into the strings of .BTF, and types are its.
package ext

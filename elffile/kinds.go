package elffile

import (
	"bytes"
	"encoding/binary"
	"io"
)

// A kind is a kind of file that people take for an object.
type kind struct {
	magic string
	at    int // of magic in the file
	what  string
	cure  string // what to do about it
}

// Cures of several kinds.
const (
	cureBitcode  = "DWARF is made when code is: encode what it is linked to, or compile without -flto"
	cureUnpack   = "unpack it first"
	cureKernel   = "its debugging information is in the vmlinux of the same build"
	cureForeign  = "only ELF files can be encoded"
	cureContents = "encode a file of its contents"
)

// kinds are in the order in which they are tried: special ones before general ones.
var kinds = []kind{
	{"!<arch>\ndebian-binary", 0, "a Debian package", cureContents},
	{"!<arch>\n", 0, "an archive", "encode its members (ar x takes them out), or what they are linked to"},
	{"!<thin>\n", 0, "a thin archive, a list of other files", "encode these (ar t prints their names), or what they are linked to"},
	{"<bigaf>\n", 0, "an archive of AIX", cureForeign},
	{"BC\xc0\xde", 0, "LLVM bitcode", cureBitcode},
	{"\xde\xc0\x17\x0b", 0, "LLVM bitcode", cureBitcode},
	{"; ModuleID", 0, "LLVM code as text", cureBitcode},
	{"source_filename", 0, "LLVM code as text", cureBitcode},
	{"rust\x00\x00\x00", 0, "metadata of Rust", "encode the .rlib's objects or what they are linked to"},
	{"\x03\x02\x23\x07", 0, "SPIR-V", cureForeign},
	{"\x07\x23\x02\x03", 0, "SPIR-V", cureForeign},
	{"\x00asm", 0, "WebAssembly", cureForeign},
	{"\xfe\xed\xfa\xce", 0, "a Mach-O file", cureForeign},
	{"\xfe\xed\xfa\xcf", 0, "a Mach-O file", cureForeign},
	{"\xce\xfa\xed\xfe", 0, "a Mach-O file", cureForeign},
	{"\xcf\xfa\xed\xfe", 0, "a Mach-O file", cureForeign},
	{"\xca\xfe\xba\xbe", 0, "a Mach-O file of several machines, or a class of Java", cureForeign},
	{"HdrS", 0x202, "a kernel image (bzImage)", cureKernel},
	{"ARM\x64", 56, "a kernel image (Image)", cureKernel},
	{"RISCV", 48, "a kernel image (Image)", cureKernel},
	{"\x27\x05\x19\x56", 0, "a kernel image for U-Boot (uImage)", cureKernel},
	{"ANDROID!", 0, "a boot image of Android", cureKernel},
	{"\xd0\x0d\xfe\xed", 0, "a device tree, or an image with one", cureKernel},
	{"MZ", 0, "a PE file", cureForeign},
	{"Microsoft C/C++ MSF", 0, "a PDB file", cureForeign},
	{"\x1f\x8b", 0, "compressed with gzip", cureUnpack},
	{"\xfd7zXZ\x00", 0, "compressed with xz", cureUnpack},
	{"\x28\xb5\x2f\xfd", 0, "compressed with zstd", cureUnpack},
	{"BZh", 0, "compressed with bzip2", cureUnpack},
	{"\x04\x22\x4d\x18", 0, "compressed with lz4", cureUnpack},
	{"\x02\x21\x4c\x18", 0, "compressed with lz4", cureUnpack},
	{"LZIP", 0, "compressed with lzip", cureUnpack},
	{"\x89LZO\x00", 0, "compressed with lzop", cureUnpack},
	{"]\x00\x00", 0, "compressed with lzma", cureUnpack},
	{"PK\x03\x04", 0, "a zip archive", cureContents},
	{"ustar", 257, "a tar archive", cureContents},
	{"070701", 0, "a cpio archive", cureContents},
	{"070702", 0, "a cpio archive", cureContents},
	{"\xed\xab\xee\xdb", 0, "an RPM package", cureContents},
	{"hsqs", 0, "a squashfs image", cureContents},
	{"version https://git-lfs.", 0, "a pointer of Git LFS in the place of the file", "fetch the file (git lfs pull)"},
	{"/annex/objects/", 0, "a pointer of git-annex in the place of the file", "fetch the file (git annex get)"},
	{"/* GNU ld script", 0, "a linker script", "encode the files that it names"},
	{"#!", 0, "a script", "name the file that it is about"},
	{"<!DOCTYPE", 0, "a web page", "fetch the file again"},
	{"<!doctype", 0, "a web page", "fetch the file again"},
	{"<html", 0, "a web page", "fetch the file again"},
}

// kindSize is how many bytes of a file tell its kind.
const kindSize = 0x206

// Kind says what a file is that is neither ELF nor BTF, for messages: "an archive", "a tar
// archive", "a kernel image (bzImage)". It returns "" for what it does not know.
func Kind(r io.ReaderAt) string {
	head := make([]byte, kindSize)
	n, _ := r.ReadAt(head, 0)
	if k := kindOf(head[:n]); k != nil {
		return k.what
	}
	return ""
}

// kindOf returns the kind of a file that begins with head, nil if it is not known.
func kindOf(head []byte) *kind {
	for i := range kinds {
		if k := &kinds[i]; k.at < len(head) && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return k
		}
	}
	return nil
}

// notELF says what a file is that begins with head, and what to do about it.
func notELF(head []byte) string {
	const plain = "not an ELF file"
	if k := kindOf(head); k != nil {
		return plain + ": it is " + k.what + "; " + k.cure
	}
	if len(head) >= 24 && isBTF(head) {
		return plain + ": it is BTF already; the verb dump prints it"
	}
	return plain
}

// isBTF reports whether bytes begin like BTF of version 1.
func isBTF(p []byte) bool {
	const magic = 0xeb9f
	return (binary.LittleEndian.Uint16(p) == magic || binary.BigEndian.Uint16(p) == magic) && p[2] == 1
}

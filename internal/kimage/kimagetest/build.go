// Package kimagetest makes small images of kernels for tests.
package kimagetest

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
)

const release = "6.12.0-image"

// BzImage returns a bzImage with a compressed kernel. appended is what the kernel's
// build puts after it, the size in most formats.
func BzImage(kernel, appended []byte) []byte {
	const sectors, payload = 1, 0x300
	le := binary.LittleEndian
	head := make([]byte, (sectors+1)*512+payload)
	copy(head, "MZ")
	head[0x1f1] = sectors
	copy(head[0x1fe:], "\x55\xaa")
	copy(head[0x202:], "HdrS")
	le.PutUint16(head[0x206:], 0x20f)
	le.PutUint16(head[0x20e:], 0x100)
	copy(head[0x100+0x200:], release+" (who@where) #1 SMP\x00")
	le.PutUint32(head[0x248:], payload)
	le.PutUint32(head[0x24c:], uint32(len(kernel)+len(appended)))
	return append(append(append(head, kernel...), appended...), "and more"...)
}

// ZBoot returns an EFI program with a compressed kernel.
func ZBoot(codec string, kernel, appended []byte) []byte {
	head := make([]byte, 0x200)
	copy(head, "MZ\x00\x00zimg")
	binary.LittleEndian.PutUint32(head[8:], uint32(len(head)))
	binary.LittleEndian.PutUint32(head[12:], uint32(len(kernel)+len(appended)))
	copy(head[24:], codec)
	return append(append(append(head, kernel...), appended...), make([]byte, 32)...)
}

// Image returns an Image for arm64 with BTF somewhere in it, and with a kernel's first
// words.
func Image(btf []byte) []byte {
	head := make([]byte, 0x1000)
	copy(head[0x38:], "ARM\x64")
	text := "Linux version %s (%s)\x00Linux version " + release + " (who@where)\x00"
	image := append(append(head, text...), make([]byte, 5)...)
	return append(append(image, btf...), make([]byte, 0x1234)...)
}

// ZImage returns an image of 32-bit ARM with a compressed kernel.
func ZImage(kernel []byte) []byte {
	head := unpacker()
	binary.LittleEndian.PutUint32(head[0x24:], 0x016f2818)
	return append(append(head, kernel...), "and the end"...)
}

// S390 returns a bzImage of s390 with a compressed kernel.
func S390(kernel []byte) []byte {
	head := unpacker()
	copy(head, "\x00\x08\x00\x00\x80\x00\x02\x00\x02\x00\x00\x18\x60\x00\x00\x50")
	return append(append(head, kernel...), "and the end"...)
}

// unpacker is code that unpacks a kernel, with the magic numbers that it compares.
func unpacker() []byte {
	code := make([]byte, 0x2345)
	copy(code[0x400:], "\xfd7zXZ\x00XZ decompressor")
	// As code of Linux 7.2 for s390 has it.
	copy(code[0x500:], "\x28\xb5\x2f\xfd\xec\x12\x00\x19\x80\x76\xb9\x1f\x00\x01\xa5\x07")
	copy(code[0x600:], "\x28\xb5\x2f\xfd\x50\x20\xf0\xac\xb9\x16\x00\x84\xc6\x80\x00\x00")
	copy(code[0x700:], "\x28\xb5\x2f\xfd\xa7\x84\x00\x1d\xc0\x59\x50\x2a\x4d\x18\x50\x50")
	copy(code[0x800:], "\x1f\x8b\x08\xff\x02\x21\x4c\x18\x00\x00\x00\x00\x89LZO\x00")
	return code
}

// UKI returns an EFI program with a kernel image in the section .linux.
func UKI(kernel []byte) []byte {
	var b bytes.Buffer
	dos := make([]byte, 64)
	copy(dos, "MZ")
	dos[0x3c] = byte(len(dos))
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	write := func(v any) {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	const sections, start = 2, 0x400
	write(pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: sections})
	section := func(name string, off, size int) {
		s := pe.SectionHeader32{VirtualSize: uint32(size), VirtualAddress: uint32(off), SizeOfRawData: uint32(size+511) &^ 511, PointerToRawData: uint32(off)}
		copy(s.Name[:], name)
		write(s)
	}
	uname := []byte(release)
	section(".uname", start, len(uname))
	section(".linux", start+512, len(kernel))
	b.Write(make([]byte, start-b.Len()))
	b.Write(uname)
	b.Write(make([]byte, 512-len(uname)))
	b.Write(kernel)
	b.Write(make([]byte, 512))
	return b.Bytes()
}

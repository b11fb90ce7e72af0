// Package kimage finds the kernel in the files that boot loaders start:
//
//	bzImage        x86: a compressed vmlinux after the set-up code
//	               (Documentation/arch/x86/boot.rst)
//	Image          arm64, riscv and loongarch: the kernel as it lies in memory
//	               (Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst,
//	               arch/loongarch/booting.rst)
//	zboot          an EFI program with a compressed Image or vmlinux
//	               (drivers/firmware/efi/libstub/zboot-header.S)
//	zImage         32-bit ARM: an Image that unpacks itself
//	bzImage, s390  the same for s390 (arch/s390/boot/ipl_data.c has its first bytes)
//	PE             a unified kernel image: any of the above in the section .linux
//	               (UAPI Group Specifications, UKI)
//
// A vmlinux is an ELF file, with .BTF among its sections. An Image has no sections: its BTF
// is found by the header of BTF.
package kimage

/* What include/linux/elfnote-lto.h makes in kernels that are linked with LTO. */
	.pushsection .note.Linux, "a", %note
	.balign 4
	.4byte 6, 4, 0x101
	.asciz "Linux"
	.balign 4
	.4byte 1
	.popsection

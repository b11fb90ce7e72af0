/* A unit that has nothing but a null entry. */
	.section .debug_info,"",%progbits
	.long 2f-1f
1:	.value 4
	.long abbrevs
	.byte 8, 0
2:
	.section .debug_abbrev,"",%progbits
abbrevs: .byte 0

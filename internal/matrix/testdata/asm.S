	.text
	.globl from_asm
	.type from_asm, %function
from_asm:
	.byte 0
	.size from_asm, 1

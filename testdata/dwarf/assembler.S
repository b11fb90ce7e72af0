/* A unit that the assembler described: no types, one function. */
	.text
	.globl	from_assembler
	.type	from_assembler, @function
from_assembler:
	nop
	.size	from_assembler, . - from_assembler

/* Addresses of functions that are, by chance, values of symbols in other sections: nothing in an object has an address. */
__asm__(".section .far,\"aw\",%nobits\n.zero 0x10000\n"
	".type chance.isra.0, %function\nchance.isra.0: .zero 0x10\n"
	".type second.constprop.0, %function\nsecond.constprop.0: .zero 0x10\n"
	".type third, %function\nthird.cold: .zero 0x10\n.text\n");
__attribute__((aligned(16))) int chance(int a, int b) { return a + b; }
__attribute__((aligned(16))) int second(int a, int b) { return a; }
__attribute__((aligned(16))) int third(int a, int b) { return a - b; }
__attribute__((section(".text.other"))) int other(int a) { return a; }

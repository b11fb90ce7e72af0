/* Functions that the compiler specialises: .isra, .constprop, .part, .cold. */
struct big { long a, b, c; };
__attribute__((noinline)) static long field(struct big *p, int spare, int z) { __asm__ volatile(""); return p->b + z; }
__attribute__((noinline)) static int scale(int a, int by) { __asm__ volatile(""); return a * by + a / (by + 1); }
__attribute__((noinline)) int exported(int a, int b) { __asm__ volatile(""); return b; }
__attribute__((cold, noinline)) void slow(void) { __asm__ volatile(""); }
int chilly(int a) { if (__builtin_expect(a > 5, 0)) { slow(); slow(); __builtin_trap(); } return a; }
long entry(long q)
{
	struct big b = { q, q, q };
	__asm__ volatile("" : : "r"(&b) : "memory");
	return field(&b, 3, q) + field(&b, 4, q + 1) + scale(q, 7) + scale(q + 2, 7) + exported(q, q) + chilly(q);
}
void _start(void) { entry(1); }
void __start(void) { entry(2); }

/* Signatures that clang changes (DW_CC_nocall): dropped parameters, parts of aggregates, the stack. */
struct duo { long f1, f2; };
struct trio { long a, b, c; };
typedef struct duo duo_t;
__attribute__((noinline)) static int dead(int a, int spare, int z) { __asm__ volatile(""); return a + z; }
__attribute__((noinline)) static long second(struct duo a, long u) { __asm__ volatile(""); return a.f2 + u; }
__attribute__((noinline)) static long first(duo_t a, long u) { __asm__ volatile(""); return a.f1 + u; }
__attribute__((noinline)) static long whole(struct duo a, long u) { __asm__ volatile(""); return a.f1 + a.f2 + u; }
__attribute__((noinline)) static long stacked(long q, struct trio b, long spare, long u) { __asm__ volatile(""); return b.b + u + q; }
__attribute__((noinline)) static long behind(struct duo spare, struct duo used, int n) { __asm__ volatile(""); return used.f1 + used.f2 + n; }
long entry(long q)
{
	struct duo d = { q, q + 1 };
	struct trio t = { q, q, q };
	return dead(q, 2, q) + dead(q + 1, 3, q) + second(d, q) + first(d, q) + whole(d, q) + stacked(q, t, 3, q) + behind(d, d, q);
}
void _start(void) { entry(1); }
void __start(void) { entry(2); }

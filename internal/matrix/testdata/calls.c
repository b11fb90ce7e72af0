/* Functions: parameters in registers and not, those that the optimiser changes, and what is shared with types.c.
   SMALL leaves out what some machines have no calls for. */
typedef unsigned char u8;
struct list { struct list *next, **prev; };
struct two { long x, y; };
struct __attribute__((packed)) odd { char tag; long value; };
enum level { NONE, SOME = 1 << 10, LESS = -5 };
int add(int a, long b, char *c) { return a + b + *c; }
#ifndef SMALL
long plenty(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { return a + e + f + h + i + j; }
long by_value(struct two a, struct two *b, struct odd o, u8 last) { return a.y + b->x + o.value + last; }
double reals(float a, int b, double c) { return a + b + c; }
int variadic(const char *format, ...) { return format[0]; }
#endif
void nothing(void) { }
#ifndef SMALL
struct two pair(long a) { struct two t = { a, a + 1 }; return t; }
#endif
__attribute__((noinline)) static int partial(int used, int spare) { __asm__ volatile(""); return used; }
__attribute__((noinline)) static int constant(int a, struct list *l) { __asm__ volatile("" : : "r"(l)); return a + 1; }
static inline int inlined(int n, enum level l) { return n + l; }
__attribute__((noinline)) int twice(struct list *l, int n) { return partial(n, 1) + partial(n + 1, 2) + constant(4, l) + inlined(n, SOME); }
static int same_name(int a) { __asm__ volatile(""); return a; }
int (*keep)(int) = same_name;
#ifndef SMALL
long changed(long a, long b) { a += b; __asm__ volatile("" : "+r"(a)); b = 3; __asm__ volatile("" : "+r"(b)); return a; }
#endif
int unused_params(int a, void *b, long c) { return c; }
void _start(void) { nothing(); }
void __start(void) { }

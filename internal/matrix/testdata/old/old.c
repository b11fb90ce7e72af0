/* What the sources of older kernels have, and compilers write in other ways in older DWARF: functions without prototypes,
   bit-fields that cross words, arrays whose bounds are not constants, several symbols for a function, cold parts. */
#if defined __clang__ || defined __AVR__
#define NESTED 0
#else
#define NESTED 1
#endif
#define PERCPU __attribute__((section(".data..percpu")))
typedef unsigned char u8;
struct list { struct list *next, **prev; };
enum signs { MINUS = -1, PLUS = 1 };
enum bits32 { ALL = 0xffffffffU, NOTHING = 0 };
struct cross {
	long long a : 33, b : 31;
	unsigned c : 5;
	int : 0;
	char d : 3;
	short e : 5;
	enum signs f : 2;
	_Bool g : 1;
	unsigned long h : sizeof(long) * 8 - 1;
	u8 last;
};
struct __attribute__((packed)) dense { char tag; unsigned long a : 13, b : 19; long long c : 50; short d : 3; int e; };
union mixed { struct cross cross; struct { unsigned long low : 4, high : 28; } parts; int all; u8 bytes[4]; };
struct arrays { int none[0]; char text[3][5]; struct list lists[2]; const char *names[4]; u8 rest[]; };
struct __attribute__((aligned(64))) line { int value __attribute__((aligned(16))); struct { int deep; } inner __attribute__((aligned(32))); };
typedef union { struct list *list; struct arrays *arrays; } any_t __attribute__((__transparent_union__));
typedef const int fixed_t;
typedef volatile fixed_t port_t;
typedef struct list pair_t[2];
typedef int vector_t __attribute__((vector_size(4 * sizeof(int))));
extern int unknown[][3];
extern struct never *never;
PERCPU union mixed per_cpu_mixed;
PERCPU pair_t per_cpu_pair;
static PERCPU int per_cpu_hidden[2];
port_t *const volatile *port;
const pair_t constant_pair;
struct dense dense;
struct line line;
enum bits32 word = ALL;
struct { const void *data; enum { ONE, TWO } which; } unnamed;

int kr(a, b, c) int a; char *b; short c; { return a + *b + c; }
int kr_float(x, u) float x; u8 u; { return x + u; }
void *no_arguments() { return port; }
int called();
int (*pointer_without())();
int uses_unknown(struct arrays *a) { return unknown[1][2] + called(a, 1) + (pointer_without() != 0); }
int rows(int n, int (*m)[n]) { return m[0][n - 1]; }
int local_array(int n) { int here[n]; __asm__ volatile("" : : "r"(here) : "memory"); return here[n - 1]; }
static int helper(struct cross *c, union mixed m) { return c->d + m.all; }
int takes_any(any_t any) { return any.list != 0; }
#ifndef SMALL
vector_t sum(vector_t a, vector_t b) { return a + b; }
#endif
int same(int, char *, short) __attribute__((alias("kr")));
__attribute__((weak)) int weak(struct never *n) { return n != 0; }
__attribute__((section(".init.text"))) int at_start(struct line *l) { return l->value; }
extern void panic(const char *why, ...) __attribute__((cold, noreturn));
static __attribute__((noinline)) int may_fail(int n, struct dense *d) { if (n < 0) { panic("%d", n); } return n + d->e; }
int split_in_two(int n, struct dense *d) { if (__builtin_expect(n > 100, 0)) panic("much", n, d); return may_fail(n, d) + may_fail(n + 1, d); }
int tail(struct cross *c) { union mixed m = { *c }; static int calls; calls++; per_cpu_hidden[0]++; return helper(c, m) + calls; }
static int recursive(int n) { return n ? recursive(n - 1) + n : 0; }
int spreads(int n) { return recursive(n) + recursive(3); }
#if NESTED
int around(int n) { int inside(int k) { return k + n; } int (*volatile p)(int) = inside; return p(1); }
#endif
int declared_inside(struct only_here { int x; } *o) { extern int word_elsewhere; { struct only_here again = *o; return again.x + word_elsewhere; } }

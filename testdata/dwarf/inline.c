/* Functions that are inlined, and where their parameters are then: in registers, in memory, constant, an address, gone. */
struct pair { long a, b; };
struct large { long v[4]; };
int table[8];
volatile int sink;
extern void escape(void *);

static inline __attribute__((always_inline)) int scale(int value, int by) { return value * by; }
static inline __attribute__((always_inline)) int add_bias(int value, signed char bias) { return value + bias; }
static inline __attribute__((always_inline)) int at_index(int *array, unsigned long i) { return array[i]; }
static inline __attribute__((always_inline)) int combine(int a, int b) { return scale(a, 3) + add_bias(b, -7); }
static inline __attribute__((always_inline)) long sum_pair(struct pair p) { return p.a + p.b; }
static inline __attribute__((always_inline)) long through(struct large *l, long flags) { escape(l); return l->v[1] + flags; }
static inline __attribute__((always_inline)) int nothing(void) { return sink; }
static inline __attribute__((always_inline)) int unused(int gone) { return sink; }

int wrapper_once(int x) { return combine(x, x + 1); }
int wrapper_twice(int x, int y) { int n = combine(x, 4) + nothing(); sink = n; return combine(y, n) + unused(y); }
int from_table(int i) { return at_index(table, 2) + at_index(&table[4], (unsigned long)i); }
long of_pair(struct pair p) { return sum_pair(p); }
long of_large(long a) { struct large l = { { a, a, a, a } }; return through(&l, 1L << 20); }
/* A function that is called as well, and one that is in another section. */
__attribute__((noinline)) int called(int a) { return a ^ sink; }
static int both(int a, int b) { sink = a; return a - b; }
int (*address)(int, int) = both;
int use_both(int a) { return both(a, 5) + called(a); }
__attribute__((section(".init.text"))) int start(int a) { return scale(a, a) + add_bias(a, 9); }
int shared(int value, int by) { return value * by + sink; }

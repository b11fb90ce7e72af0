/* With ambiguous2.c: equal names for different functions, and different prototypes for one name. */
__attribute__((noinline)) static int helper(int x) { __asm__ volatile(""); return x + 1; }
__attribute__((noinline)) static int zz_last(int x) { __asm__ volatile(""); return x + 1; }
static inline int mismatch(int a, int spare) { return a + 1; }
static inline int same(int a, const char *text) { return a - text[0]; }
int (*take)(int, int) = mismatch;
int (*keep)(int, const char *) = same;
struct shared { int a; struct opaque *o; };
struct differs { int here; };
int first(struct shared *s, struct differs *d) { return helper(s->a) + zz_last(d->here); }

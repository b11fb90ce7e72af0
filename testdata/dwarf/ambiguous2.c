/* See ambiguous1.c. */
__attribute__((noinline)) static int helper(int x) { __asm__ volatile(""); return x + 2; }
__attribute__((noinline)) static int zz_last(int x) { __asm__ volatile(""); return x + 2; }
static inline int mismatch(int a, long spare) { return a + 1; }
static inline int same(int a, const char *text) { return a - text[0]; }
int (*keep2)(int, const char *) = same;
struct opaque { long content; };
struct shared { int a; struct opaque *o; };
struct differs { long there; };
int first(struct shared *s, struct differs *d);
int _start(struct shared *s, struct differs *d) { return first(s, d) + helper(d->there) + zz_last(3) + mismatch(s->o->content, 3); }
void __start(void) { }

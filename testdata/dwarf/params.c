/* Where parameters live: registers, pairs of registers, the stack, floating point, and none. */
struct one { int x; };
struct two { long x, y; };
struct three { long x, y, z; };
struct mixed { double d; int i; };
long ints(int a, long b, char c, short d, unsigned e, void *f) { return a + b + c + d + e + (f != 0); }
long many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { return a + j + g + i; }
long small(struct one a, int b) { return a.x + b; }
long pair(struct two a, int b) { return a.y + b; }
long memory(int a, struct three b, int c) { return a + b.z + c; }
long split(long a, long b, long c, long d, long e, struct two f, long g) { return a + f.x + g; }
double floats(double a, int b, float c) { return a + b + c; }
double both(struct mixed a, int b) { return a.d + b; }
struct three returned(int a, long b) { struct three t = { a, b, 0 }; return t; }
long changed(long a, long b) { a += b; __asm__ volatile("" : "+r"(a)); b = 3; __asm__ volatile("" : "+r"(b)); return a; }
int unused(int a, int b, int c) { return b; }
#ifdef __SIZEOF_INT128__
long wide(__int128 a, int b) { return (long)a + b; }
#endif

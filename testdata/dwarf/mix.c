/* A little of everything, for architectures: pointer size, byte order, argument registers. */
typedef unsigned char u8;
typedef unsigned long long u64;
enum level { NONE, SOME = 1 << 20, ALL = -1 };
enum wide { W = 1ULL << 36 };
struct header { u8 version : 4, length : 4; unsigned mark : 20; u64 wide : 40; };
struct node { struct node *next; const char *name; u64 when; enum level level; enum wide w; long array[2][3]; struct header h; };
union any { void *pointer; long number; float real; double dbl; };
struct two { long x, y; };
__attribute__((section(".data..percpu"))) struct node cpu_node = { .level = SOME };
__attribute__((section(".data..percpu"))) int cpu_count = 1;
struct node *nodes;
union any any;
int add(int a, long b, char *c) { return a + b + *c; }
u64 wide_args(int a, u64 b, u64 c, int d, u64 e) { return a + b + c + d + e; }
long structs(struct two a, struct header h, union any u, int last) { return a.y + h.mark + u.number + last; }
long plenty(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { return a + e + f + h + i + j; }
double reals(float a, int b, double c) { return a + b + c; }
__attribute__((noinline)) static int partial(int used, int spare) { __asm__ volatile(""); return used; }
int variadic(const char *format, ...) { return partial(format[0], 1) + partial(format[1], 2); }
void _start(void) { }
void __start(void) { }

/* Which functions are encoded: variadic, without parameter names, unused, inline, with types in the parameter list. */
#if defined(__GNUC__) && __STDC_VERSION__ >= 202311L || defined(__clang__)
int unnamed(int, int second) { return second; }
#endif
int sum(int count, ...) { return count; }
static int never_called(int x) { return x; }
static inline long squared(long x) { return x * x; }
long cubed(long x) { return squared(x) * x; }
void nothing(void) { }
__attribute__((noreturn)) void stop(void) { for (;;); }
__attribute__((weak)) int optional(int a) { return a; }
int (*get(int which))(int) { return which ? optional : 0; }
struct pair { int a, b; };
struct pair swap(struct pair p) { struct pair q = { p.b, p.a }; return q; }
int alias(int a) __attribute__((alias("optional")));
static int by_address(unsigned char c) { return c + 1; }
int (*const table[])(unsigned char) = { by_address };

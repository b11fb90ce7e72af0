/* Packed structures on the stack make a function's parameters uncertain. */
struct __attribute__((packed)) tight { char tag; long value; };
struct __attribute__((packed)) aligned_anyway { int a; int b; long c; };
struct loose { char tag; long value; };
typedef struct tight tight_t;
struct outer { char c; struct tight inner; } outer;
int seventh(int a, int b, int c, int d, int e, int f, struct tight p) { return p.value; }
int ninth(int a, int b, int c, int d, int e, int f, int g, int h, struct tight p) { return p.value; }
int sixth(int a, int b, int c, int d, int e, struct tight p) { return p.value; }
int renamed(int a, int b, int c, int d, int e, int f, int g, int h, tight_t p) { return p.value; }
int constant(int a, int b, int c, int d, int e, int f, int g, int h, const struct tight p) { return p.value; }
int natural(int a, int b, int c, int d, int e, int f, int g, int h, struct aligned_anyway p) { return p.c; }
int padded(int a, int b, int c, int d, int e, int f, int g, int h, struct loose p) { return p.value; }

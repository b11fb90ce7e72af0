/* Every kind of type that BTF has a form for, for machines from 16 to 64 bits. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef long long s64;
typedef _Bool flag_t;
#ifdef TAGS
#define TYPE_TAG(x) __attribute__((btf_type_tag(#x)))
#define DECL_TAG(x) __attribute__((btf_decl_tag(#x)))
#else
#define TYPE_TAG(x)
#define DECL_TAG(x)
#endif
struct only_declared;
union union_declared;
enum level { NONE, SOME = 1 << 10, LESS = -5 };
#if __SIZEOF_INT__ >= 4
enum wide { W = 1ULL << 36, V = 3 };
#else
enum wide { W = 1UL << 20, V = 3 };
#endif
enum { ANONYMOUS = 7 };
struct DECL_TAG(a_list) list { struct list *next, **prev; };
struct bits {
	unsigned a : 1, b : 7;
	u8 c : 3;
	u16 : 2;
	int d : 9;
	s64 e : 33;
	enum level f : 12;
	flag_t g : 1;
} __attribute__((aligned(8)));
struct __attribute__((packed)) tight { char tag; long value; u16 last : 5; };
struct outer {
	struct list list DECL_TAG(member);
	union { long number; void *pointer; struct { char lo, hi; }; };
	struct inner { struct outer *up; short depth; } inner[2][3];
	int (*call)(struct outer *, const char *TYPE_TAG(user), ...);
	const volatile u8 *restrict ro;
	struct only_declared *declared;
	union union_declared *also;
	enum level level;
	enum wide wide;
	float real;
	double dbl;
	long double ld;
	struct tight tight;
	struct bits bits;
	u8 flex[];
};
typedef struct { int anonymous; struct outer *outer; } unnamed_t;
typedef int (*callback_t)(unnamed_t *, void (*)(int));
typedef long array_t[4];
array_t numbers = { 1 };
unnamed_t first;
struct outer *all;
callback_t callback;
int types_user(struct outer *o, struct list *l, enum wide w, unnamed_t u)
{
	struct local { struct local *self; int n; } here = { &here, 3 };
	__asm__ volatile("" : : "r"(&here) : "memory");
	return o->level + w + u.anonymous + (l != 0);
}

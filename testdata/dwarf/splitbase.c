/* A base for split BTF, small, with what splitmod.c has as well and with other versions of it. */
typedef unsigned int u32;
typedef u32 u32_alias;
typedef int pair_t[2];

struct hidden;                              /* the module knows it */
struct known { int a; struct hidden *h; };  /* the module declares it only */
union both { int i; u32 u; };
struct version { long old; int n; };        /* another one in the module */
struct reaches { struct version *v; const char *name; }; /* and so is what leads to it */
enum color { RED, GREEN = 5 };
enum later;                                 /* the module has its values */
enum sooner { FIRST = 1, SECOND };          /* the module declares it only */
enum { ANON_A, ANON_B };

/* One content, other members: as in the kernel's tracepoints. */
struct event { int id; };
union { struct event e; void (*f_one)(int one); } trace_one;
union { struct event e; void (*f_two)(long two); } trace_two;
union { struct event e; u32 *f_three; } trace_three;
union { struct event e; const u32 *f_four; } trace_four;
union { struct event e; struct known *f_five; } trace_five;

struct grid { int cells[2][3]; pair_t rows[4]; char deep[2][2][2]; };
struct bits { u32 lo : 3, hi : 29; struct { char c; } in; };

struct known gk; union both gb; struct reaches gr; struct grid gg; struct bits gbits; u32_alias ga;
enum color gc; enum later *gl; enum sooner gs; struct hidden *gh;
int ganon = ANON_B;

__attribute__((section(".data..percpu"))) int counter = 1;

__attribute__((noinline)) int shared(struct known *k, u32 n) { return k->a + n; }
__attribute__((noinline)) int base_only(struct grid *g) { return g->cells[0][0]; }
int use(void) { return shared(&gk, 3) + base_only(&gg) + counter; }

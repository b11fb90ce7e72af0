/* A module for the base of splitbase.c: types that the base has, lacks, declares, or has in another version. */
typedef unsigned int u32;
typedef u32 u32_alias;
typedef int pair_t[2];

struct hidden { int now, visible; };
struct known;
union both { int i; u32 u; };
struct version { long old; int n; char added; };
struct reaches { struct version *v; const char *name; };
enum color { RED, GREEN = 5 };
enum later { LATER = 7 };
enum sooner;
enum { ANON_A, ANON_B };
enum { OTHER = 9 };

struct event { int id; };
union { struct event e; void (*f_four)(long four); } trace_four; /* a name that the base has for another type */
union { struct event e; u32 *f_three; } trace_three;
union { struct event e; u32 *f_six; } trace_six;

struct grid { int cells[2][3]; pair_t rows[4]; char deep[2][2][2]; };
struct own_grid { int cells[2][3]; short more[3][3]; struct grid *g; };
struct bits { u32 lo : 3, hi : 29; struct { char c; } in; };
struct holder { struct known *k; struct hidden *h; struct reaches r; enum later l; enum sooner *s; enum color c; };

struct holder gho; struct own_grid gog; struct bits gbits; u32_alias ga; union both *gb;
int ganon = ANON_B, gother = OTHER;

__attribute__((section(".data..percpu"))) struct holder percpu_holder = { 0 };

__attribute__((noinline)) static int shared(struct known *k, u32 n) { __asm__ volatile(""); return n + (k != 0); }
__attribute__((noinline)) int module_only(struct own_grid *g, const volatile u32_alias *restrict p) { return g->cells[1][1] + *p; }

#define S(x) #x
#define SET8_START(n, fl) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__set8__" #n "\n__BTF_ID__set8__" #n ":\n.zero 4\n.long " S(fl) "\n.popsection\n");
#define ID(fn, k, fl) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__func__" #fn "__" #k "\n__BTF_ID__func__" #fn "__" #k ":\n.zero 4\n.long " S(fl) "\n.popsection\n");
#define SET8_END(n) __asm__(".pushsection .BTF_ids,\"a\"\n.size __BTF_ID__set8__" #n ", . - __BTF_ID__set8__" #n "\n.popsection\n");
SET8_START(set, 1) ID(module_kfunc, 1, 0) SET8_END(set)
__attribute__((noinline)) struct hidden *module_kfunc(struct holder *h) { return h->h; }

int use_module(void) { return shared(gho.k, 3) + module_only(&gog, &ga) + module_kfunc(&percpu_holder)->now; }

/* With module2.c: what a kernel module has, in sections without addresses, whose symbols all count from 0. */
#define PERCPU __attribute__((section(".data..percpu")))
#define INIT __attribute__((section(".init.text")))
#define BEGIN(name) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__set8__" #name "\n__BTF_ID__set8__" #name ":\n.zero 4\n.4byte 1\n.popsection");
#define MEMBER(func, n, flags) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__func__" #func "__" #n "\n__BTF_ID__func__" #func "__" #n ":\n.zero 4\n.4byte " #flags "\n.popsection");
#define END(name) __asm__(".pushsection .BTF_ids,\"a\"\n.size __BTF_ID__set8__" #name ", . - __BTF_ID__set8__" #name "\n.popsection");
struct owner;
struct shared { struct shared *next; struct owner *owner; int state; };
struct first { struct shared base; long only_first; };
BEGIN(first)
MEMBER(kf_first, 1, 0x1000)
MEMBER(kf_second, 2, 0)
END(first)
PERCPU int counters[3] = { 1, 2, 3 };
PERCPU static struct shared item = { 0, 0, 4 };
PERCPU static long ready = 5;
int value = 6;
static struct first hidden = { { 0, 0, 7 }, 8 };
long zeroed[4];
const char text[] = "some text, long enough to be at another place in each of the two objects";
static __thread int per_thread;
extern int elsewhere;
__attribute__((noinline)) static int helper(int a) { return a + per_thread++ + counters[1]; }
INIT int init_module(void) { item.next = &hidden.base; zeroed[1]++; return helper(1) + elsewhere; }
long changed(long a, long b) { a += b; __asm__ volatile("" : "+r"(a)); b = 3; __asm__ volatile("" : "+r"(b)); return a + ready; }
int kf_first(struct first *f, int n) { return f->base.state + n + value; }
void *kf_second(const char *s, struct shared *list) { return list->next ? (void *)s : (void *)text; }
int only_first(struct owner *o) { return o != 0; }

/* Variables: in the per-CPU section and elsewhere, common, thread-local and only declared; and a second function of a name. */
#define PERCPU __attribute__((section(".data..percpu")))
struct list { struct list *next, **prev; };
struct only_declared { int defined_here; };
PERCPU int counters[3] = { 1, 2, 3 };
PERCPU struct list head = { 0 };
PERCPU static long ready = 5;
PERCPU char last = 1;
int common_number;
long common_array[100];
int value = 6;
static struct list hidden = { &hidden };
const char text[] = "text";
#ifdef TLS
static __thread int per_thread;
#else
static int per_thread;
#endif
extern int elsewhere;
static int same_name(int a, int b) { __asm__ volatile(""); return a + b; }
int (*keep_data)(int, int) = same_name;
int data_user(struct only_declared *o) { return o->defined_here + ready++ + per_thread++ + (hidden.next != 0) + counters[1]; }

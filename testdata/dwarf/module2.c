/* The other half of module1.c. */
#define PERCPU __attribute__((section(".data..percpu")))
#define EXIT __attribute__((section(".exit.text")))
struct shared;
struct owner { struct shared *list; int (*call)(struct shared *, void *); };
struct shared { struct shared *next; struct owner *owner; int state; };
union second { struct owner o; unsigned char raw[24]; };
PERCPU union second seconds = { { 0, 0 } };
PERCPU unsigned short last = 9;
int elsewhere = 10;
static union second hidden;
int shared_by_all;
__attribute__((noinline)) static int helper(struct shared *s, int b) { return s->state + b + last; }
EXIT void cleanup_module(void) { hidden.o.call(seconds.o.list, &shared_by_all); }
int run(struct owner *o, long n)
{
	struct shared *s;
	for (s = o->list; s; s = s->next)
		n += helper(s, (int)n);
	return (int)n + hidden.raw[3];
}

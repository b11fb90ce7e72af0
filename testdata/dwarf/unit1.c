/* With unit2.c and unit3.c: what deduplication has to merge, and what it must keep apart. */
struct pending;
struct list { struct list *next, *prev; };
struct item { struct list link; struct pending *wait; int (*call)(struct item *, void *); };
typedef unsigned int u32;
enum state { IDLE, BUSY };
union value { long l; u32 w[2]; };
struct local { int only_here; };
static struct local mine;
struct item *head;
enum state state;
union value value;
u32 count_items(struct item *from, struct local *l) { u32 n = mine.only_here; for (; from; from = (struct item *)from->link.next) n++; return n + l->only_here; }
void _start(void) { }
void __start(void) { }

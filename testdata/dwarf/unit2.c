/* See unit1.c: the same types, one forward declaration completed, one name with another layout. */
struct pending { int deadline; struct pending *after; };
struct list { struct list *next, *prev; };
struct item { struct list link; struct pending *wait; int (*call)(struct item *, void *); };
typedef unsigned int u32;
enum state { IDLE, BUSY };
union value { long l; u32 w[2]; };
struct local { char other[16]; };
enum declared;
struct local theirs;
u32 run_items(struct item *i, enum state s, union value *v, enum declared *d) { return i->call(i, v) + i->wait->deadline + s; }

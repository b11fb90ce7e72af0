/* See unit1.c: a forward declaration whose name has two definitions stays one; an enum is completed. */
struct local;
union value;
enum declared { DECLARED = 9 };
typedef unsigned int u32;
struct sees { struct local *which; union value *v; const enum declared d; u32 const n[3]; } sees;
u32 use_local(struct sees *s) { return s->n[1]; }

/* A module's lists of BTF IDs, as linux/btf_ids.h makes them: plain lists, a set, and kernel functions with flags. */
#define ID(kind, name, number)                                        \
	asm(".pushsection .BTF_ids,\"a\"\n"                           \
	    ".local __BTF_ID__" #kind "__" #name "__" #number "\n"    \
	    ".type __BTF_ID__" #kind "__" #name "__" #number ", STT_OBJECT\n" \
	    ".size __BTF_ID__" #kind "__" #name "__" #number ", 4\n"  \
	    "__BTF_ID__" #kind "__" #name "__" #number ":\n"          \
	    ".zero 4\n"                                               \
	    ".popsection")
#define WORD(value) asm(".pushsection .BTF_ids,\"a\"\n.long " #value "\n.popsection")
#define START(set, name, words)                    \
	asm(".pushsection .BTF_ids,\"a\"\n"        \
	    ".local __BTF_ID__" #set "__" #name "\n" \
	    "__BTF_ID__" #set "__" #name ":\n"     \
	    words "\n.popsection")
#define END(set, name) \
	asm(".pushsection .BTF_ids,\"a\"\n.size __BTF_ID__" #set "__" #name ", .-__BTF_ID__" #set "__" #name "\n.popsection")

struct bpf_prog_aux { int id; };
struct task_struct { int pid; union both { int i; char c[4]; } u; };
typedef struct task_struct task_t;

int seen(task_t *t);
int seen(task_t *t) { return t->pid + t->u.i; }
int kfunc_with_aux(int a, struct bpf_prog_aux *aux);
int kfunc_with_aux(int a, struct bpf_prog_aux *aux) { return a + aux->id; }
long a_kfunc(long a);
long a_kfunc(long a) { return a; }

ID(struct, task_struct, 1);
ID(union, both, 2);
WORD(0);
ID(typedef, task_t, 3);
ID(struct, nowhere, 4);

START(set, hooks, ".zero 4");
ID(func, seen, 5);
ID(func, a_kfunc, 6);
ID(func, nowhere, 7);
END(set, hooks);

START(set8, kfuncs, ".zero 4\n.long 1");
ID(func, kfunc_with_aux, 8);
WORD(0x10002);
ID(func, seen, 9);
WORD(0x20);
ID(func, a_kfunc, 10);
WORD(3);
END(set8, kfuncs);

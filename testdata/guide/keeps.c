/* A module that has a struct of the kernel inside of its own: it stands and falls with the size of that. */
enum task_state { TASK_RUNNING, TASK_SLEEPING, TASK_DEAD };
struct list_head {
	struct list_head *next, *prev;
};
struct task {
	struct list_head children;
	int pid;
	enum task_state state;
	char comm[10];
	struct task *parent;
	unsigned int in_iowait : 1, on_queue : 1;
};

__attribute__((section(".modinfo"), used)) static const char vermagic[] = "vermagic=6.12.0-example SMP mod_unload ";

struct keeper {
	struct task saved;
	int times;
};

int keep(struct keeper *k, const struct task *t)
{
	k->saved = *t;
	return ++k->times;
}

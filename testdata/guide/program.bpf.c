/* A BPF program that reads a task of the kernel beside it. */
#define CORE __attribute__((preserve_access_index))

enum task_state { TASK_RUNNING, TASK_SLEEPING, TASK_DEAD };
struct task {
	int pid;
	enum task_state state;
	struct task *parent;
} CORE;

int seen;

__attribute__((section("fentry/task_alive"), used)) int on_alive(struct task **args)
{
	struct task *t = args[0];
	if (t->state == __builtin_preserve_enum_value(*(enum task_state *)TASK_DEAD, 1))
		return 0;
	seen = t->parent->pid;
	return 0;
}

__attribute__((section("license"), used)) char terms[] = "GPL";

/* A kernel of one file, for the documents: what they show is what the commands print for it. RELEASE is its name, and
 * -DNEXT makes the one that comes after it. */
const char linux_banner[] = "Linux version " RELEASE " (docs@gopahole) #1";

#define SET(name, member, flags) __asm__( \
	".pushsection .BTF_ids,\"a\"\n" \
	".local __BTF_ID__set8__" #name "\n__BTF_ID__set8__" #name ":\n.zero 4\n.4byte 1\n" \
	".local __BTF_ID__func__" #member "__1\n__BTF_ID__func__" #member "__1:\n.zero 4\n.4byte " #flags "\n" \
	".size __BTF_ID__set8__" #name ", . - __BTF_ID__set8__" #name "\n.popsection");

struct list_head {
	struct list_head *next, *prev;
};

enum task_state {
	TASK_RUNNING,
	TASK_SLEEPING,
#ifdef NEXT
	TASK_FROZEN,
#endif
	TASK_DEAD,
};

struct task {
	struct list_head children;
	int pid;
	enum task_state state;
#ifdef NEXT
	unsigned long flags;
#endif
	char comm[10];
	struct task *parent;
	unsigned int in_iowait : 1, on_queue : 1;
};

struct device {
	const char *name;
	struct list_head users;
	int (*open)(struct device *dev, struct task *who);
};

__attribute__((section(".data..percpu"))) struct task *current_task;
static struct device console;

static inline struct task *current(void)
{
	return current_task;
}

__attribute__((noinline)) int task_alive(const struct task *t)
{
	return t->state != TASK_DEAD;
}

/* BPF programs may call it (KF_ACQUIRE and KF_RET_NULL). */
__attribute__((noinline)) struct task *task_acquire(struct task *t)
{
	return task_alive(t) ? t : 0;
}
SET(task_kfuncs, task_acquire, 5)

/* gcc finds out that the second parameter is not used. */
__attribute__((noinline)) static int device_busy(struct device *dev, int unused, int limit)
{
	int n = 0;
	for (struct list_head *l = dev->users.next; l != &dev->users && n < limit; l = l->next)
		n++;
	return n;
}

int device_open(struct device *dev)
{
	if (device_busy(dev, 1, 8) >= 8)
		return -16;
	return dev->open(dev, task_acquire(current()));
}

int start_kernel(void)
{
	return device_open(&console);
}

/* The types of a module of two units: one of each kind that BTF has in C, with types of the kernel embedded in them,
 * whose sizes must be the same in another kernel, and others behind pointers, whose sizes do not matter. */
#include <linux/btf.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

enum gph_color { GPH_RED = -1, GPH_GREEN, GPH_BLUE = 7 };

enum gph_wide { GPH_NEAR = 1, GPH_FAR = 1ULL << 40 };

union gph_value {
	u64 whole;
	u8 bytes[8];
	struct {
		u32 low, high;
	};
};

struct gph_bits {
	unsigned int one : 1;
	unsigned int ten : 10;
	int sign : 5;
	unsigned long long wide : 40;
};

typedef int (*gph_show_fn)(struct seq_file *, const union gph_value *);

struct gph_item {
	struct list_head list;
	struct rb_node node;
	enum gph_color color;
	char name[];
};

struct gph_state {
	spinlock_t lock;
	struct kref ref;
	struct list_head items;
	struct rb_root tree;
	struct device dev;
	enum hrtimer_restart restart;
	enum gph_wide wide;
	struct gph_bits bits;
	union gph_value grid[2][3];
	gph_show_fn show;
	struct task_struct *task;
	const struct cred __rcu *cred;
	volatile struct inode *inode;
	struct gph_hidden *hidden; /* defined in one of the units only */
};

extern struct gph_state gph_state;
DECLARE_PER_CPU(u64, gph_calls);

u64 gph_size_of(u32 which);

/* A module for the kernel beside it. */
struct list_head {
	struct list_head *next, *prev;
};
struct task;
struct device {
	const char *name;
	struct list_head users;
	int (*open)(struct device *dev, struct task *who);
};

__attribute__((section(".modinfo"), used)) static const char vermagic[] = "vermagic=6.12.0-example SMP mod_unload ";

struct driver {
	struct list_head list;
	struct device *dev;
	long count;
};

struct driver drivers;

int driver_open(struct device *dev, struct task *who)
{
	drivers.dev = dev;
	return who != 0;
}

int driver_add(struct driver *d, long count)
{
	d->list = drivers.list;
	d->count += count;
	return 0;
}

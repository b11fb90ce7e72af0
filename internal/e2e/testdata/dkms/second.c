// The second module of the package. On old kernels it has a type whose name BTF does not allow.
// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define second second$old
#endif

struct second {
	struct device *of;
	int order;
};

struct second seconds[2];

int second_order(const struct second *s);
int second_order(const struct second *s)
{
	return s->order;
}

static int __init second_init(void)
{
	return second_order(&seconds[1]);
}

static void __exit second_exit(void) {}

module_init(second_init);
module_exit(second_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("another test module");

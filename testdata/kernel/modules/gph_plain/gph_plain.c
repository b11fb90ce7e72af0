// SPDX-License-Identifier: GPL-2.0
/* A module that embeds nothing of the kernel: its distilled base holds next to nothing, and it loads on any kernel. */
#include <linux/init.h>
#include <linux/module.h>

struct gph_plain {
	int number;
	struct gph_plain *next;
};

static struct gph_plain gph_plain;

static int __init gph_plain_init(void)
{
	gph_plain.next = &gph_plain;
	return gph_plain.number;
}

static void __exit gph_plain_exit(void)
{
}

module_init(gph_plain_init);
module_exit(gph_plain_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a module outside of the kernel's tree, to test its BTF");

// A module for the test of the DKMS hook, with types of its own and of the kernel.
// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/module.h>
#include <linux/kref.h>

struct hello {
	struct kref users; /* by value: its size has to fit when the module is loaded */
	struct device *parent;
	char name[16];
};

static struct hello hello;

int hello_rename(struct hello *h, const char *name);
int hello_rename(struct hello *h, const char *name)
{
	return strscpy(h->name, name, sizeof(h->name));
}

static int __init hello_init(void)
{
	kref_init(&hello.users);
	return hello_rename(&hello, "hello") < 0;
}

static void __exit hello_exit(void) {}

module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("test module");

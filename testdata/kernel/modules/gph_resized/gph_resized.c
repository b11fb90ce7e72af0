// SPDX-License-Identifier: GPL-2.0
/* A module that embeds a structure of the kernel whose size depends on CONFIG_PAGE_POOL_STATS: it cannot be relocated to
 * a kernel in which that was changed. */
#include <linux/init.h>
#include <linux/module.h>
#if __has_include(<net/page_pool/types.h>)
#include <net/page_pool/types.h>
#else /* before Linux 6.6 */
#include <net/page_pool.h>
#endif

struct gph_resized {
	int number;
	struct page_pool pool;
};

static struct gph_resized gph_resized;

static int __init gph_resized_init(void)
{
	return gph_resized.number;
}

static void __exit gph_resized_exit(void)
{
}

module_init(gph_resized_init);
module_exit(gph_resized_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a module outside of the kernel's tree, to test its BTF");

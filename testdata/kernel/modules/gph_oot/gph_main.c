// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/module.h>
#include "gph_oot.h"

/* Before Linux 6.9 these have other names, or none. */
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START BTF_SET8_START
#define BTF_KFUNCS_END BTF_SET8_END
#define __bpf_kfunc_start_defs()
#define __bpf_kfunc_end_defs()
#endif
#ifndef __bpf_kfunc
#define __bpf_kfunc noinline __used
#endif

struct gph_state gph_state;
DEFINE_PER_CPU(u64, gph_calls);
static DEFINE_PER_CPU(struct gph_bits, gph_bits);

__bpf_kfunc_start_defs();

__bpf_kfunc u64 gph_add(u64 a, u64 b)
{
	this_cpu_inc(gph_calls);
	return a + b;
}

/* The guest compares what the compiler says with what BTF says. */
__bpf_kfunc u64 gph_size(u32 which)
{
	return gph_size_of(which);
}

#ifdef KF_IMPLICIT_ARGS
/* BPF programs see it without the second parameter. */
__bpf_kfunc u64 gph_implicit(u64 a, struct bpf_prog_aux *aux)
{
	return aux ? a + 1 : 0;
}
#endif

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(gph_kfuncs)
BTF_ID_FLAGS(func, gph_add)
BTF_ID_FLAGS(func, gph_size)
#ifdef KF_IMPLICIT_ARGS
BTF_ID_FLAGS(func, gph_implicit, KF_IMPLICIT_ARGS)
#endif
BTF_KFUNCS_END(gph_kfuncs)

/* A list keeps its order, a set is sorted; of the kernel's types and of our own. */
BTF_ID_LIST(gph_list)
BTF_ID(struct, gph_state)
BTF_ID(struct, device)
BTF_ID(union, gph_value)
BTF_ID(typedef, gph_show_fn)
BTF_SET_START(gph_set)
BTF_ID(func, gph_size)
BTF_ID(func, gph_add)
BTF_SET_END(gph_set)

static const struct btf_kfunc_id_set gph_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &gph_kfuncs,
};

static int __init gph_init(void)
{
	gph_state.restart = HRTIMER_NORESTART;
	gph_state.bits.ten = gph_list[0] & 1;
	gph_state.bits.wide = gph_set.cnt;
	raw_cpu_ptr(&gph_bits)->one = 1;
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &gph_kfunc_set);
}

static void __exit gph_exit(void)
{
}

module_init(gph_init);
module_exit(gph_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a module outside of the kernel's tree, to test its BTF");

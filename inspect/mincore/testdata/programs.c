#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

struct task_struct___old { long state; } __attribute__((preserve_access_index));
struct no_such_type { int x; } __attribute__((preserve_access_index));
struct mm_struct___min { struct { struct { unsigned long total_vm; }; }; } __attribute__((preserve_access_index));
enum bpf_map_type___x { BPF_MAP_TYPE_HASH___x = 7, BPF_MAP_TYPE_NOT_THERE = 9 };
typedef int (*no_fn_t)(int);
struct list_head___m { struct list_head *next; };
struct path___m { struct vfsmount *mnt; struct dentry *dentry; };

char LICENSE[] SEC("license") = "GPL";
long out;
SEC("tp_btf/sched_switch")
int BPF_PROG(sw, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	out += BPF_CORE_READ(t, real_parent, tgid);
	out += BPF_CORE_READ(t, mm, exe_file, f_inode, i_ino);
	out += BPF_CORE_READ(t, comm[3]);
	out += prev->pid;
	out += bpf_core_field_exists(t->__state);
	out += bpf_core_field_exists(((struct task_struct___old *)t)->state);
	out += bpf_core_field_size(t->se);
	out += BPF_CORE_READ_BITFIELD_PROBED(t, sched_reset_on_fork);
	out += BPF_CORE_READ_BITFIELD(prev, in_iowait);
	out += BPF_CORE_READ((struct mm_struct___min *)t, total_vm);
	out += bpf_core_type_exists(struct no_such_type);
	out += bpf_core_type_exists(struct file);
	out += bpf_core_type_exists(u32);
	out += bpf_core_type_exists(kuid_t);
	out += bpf_core_type_exists(struct sk_buff___x);
	out += bpf_core_type_size(struct sk_buff);
	out += bpf_core_type_size(union bpf_attr);
	out += bpf_core_type_matches(struct list_head);
	out += bpf_core_type_matches(struct list_head___m);
	out += bpf_core_type_matches(struct path___m);
	out += bpf_core_type_matches(struct file_operations);
	out += bpf_core_type_matches(enum bpf_map_type);
	out += bpf_core_type_id_kernel(struct inode);
	out += bpf_core_type_id_local(struct inode);
	out += bpf_core_type_exists(irq_handler_t);
	out += bpf_core_type_exists(no_fn_t);
	out += bpf_core_enum_value_exists(enum bpf_map_type___x, BPF_MAP_TYPE_HASH___x);
	out += bpf_core_enum_value_exists(enum bpf_map_type___x, BPF_MAP_TYPE_NOT_THERE);
	out += bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_ARRAY);
	return 0;
}
SEC("kprobe/x")
int BPF_KPROBE(kp, struct sock *sk, struct sk_buff *skb)
{
	out += BPF_CORE_READ(sk, __sk_common.skc_daddr);
	out += BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	out += BPF_CORE_READ(sk, sk_protocol);
	out += BPF_CORE_READ(skb, dev, name[2]);
	out += BPF_CORE_READ(skb, len) + BPF_CORE_READ(skb, cb[5]) + BPF_CORE_READ(skb, tstamp);
	out += BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	out += BPF_CORE_READ(skb, sk, sk_socket, ops, family);
	return 0;
}

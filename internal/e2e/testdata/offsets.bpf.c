/* BPF programs that any kernel loads and that return what CO-RE relocations made of them. offsets.bpf.o is made of it by
 *	clang -O2 -g -target bpf -c offsets.bpf.c -o offsets.bpf.o
 * in its folder, with clang of the peers. */
#define CORE __attribute__((preserve_access_index))
#define PROGRAM(name) __attribute__((section("socket"), used)) int name(void *context)

enum pid_type { PIDTYPE_SID = 100 };

struct task_struct {
	int pid;
	char comm[16];
	int no_such_member;
} CORE;

PROGRAM(offset_of_pid) { return __builtin_preserve_field_info(((struct task_struct *)0)->pid, 0); }
PROGRAM(offset_of_comm) { return __builtin_preserve_field_info(((struct task_struct *)0)->comm, 0); }
PROGRAM(size_of_task) { return __builtin_preserve_type_info(*(struct task_struct *)0, 1); }
PROGRAM(no_such_member) { return __builtin_preserve_field_info(((struct task_struct *)0)->no_such_member, 2); }
PROGRAM(value_of_sid) { return __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_SID, 1); }

__attribute__((section("license"), used)) char terms[] = "GPL";

/* A program that needs of a kernel what only a module has: functions, a type and a struct of
 * functions. The object is made as that of relocations.c, in one byte order. */
#define SEC(name) __attribute__((section(name), used))

struct driver_state {
	int ready;
} __attribute__((preserve_access_index));

struct driver_ops {
	int (*start)(int unit);
};

extern int driver_start(int unit) __attribute__((section(".ksyms")));
extern int driver_stop(int unit) __attribute__((section(".ksyms"), weak));

int seen;

SEC("struct_ops/start")
int start(unsigned long long *ctx)
{
	struct driver_state *s = (void *)ctx[0];
	if (driver_stop)
		driver_stop(1);
	seen = s->ready;
	return driver_start(1);
}

SEC(".struct_ops.link")
struct driver_ops ops = { .start = (void *)start };

char terms[] SEC("license") = "GPL";

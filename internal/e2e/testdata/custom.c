/* Loads BPF programs that are relocated for the kernel whose BTF is in a file, and runs them:
 *	custom OBJECT BTF
 * Prints the name and the result of each. With status 77 the machine does not permit it; the relocations, which libbpf
 * makes before, are then all that was done. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int patched;

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[4096];
	vsnprintf(line, sizeof line, format, args);
	if (strstr(line, "relo #") && strstr(line, ": patched insn"))
		patched++;
	return level == LIBBPF_DEBUG ? 0 : fputs(line, stderr);
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, open, .btf_custom_path = argv[2]);
	struct bpf_program *program;
	libbpf_set_print(print);
	struct bpf_object *object = bpf_object__open_file(argv[1], &open);
	if (!object)
		return 1;
	int error = bpf_object__load(object);
	printf("patched %d\n", patched);
	if (error)
		return error == -EPERM || error == -ENOSYS ? 77 : 1;
	bpf_object__for_each_program(program, object) {
		char packet[64] = { 0 };
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof packet);
		error = bpf_prog_test_run_opts(bpf_program__fd(program), &run);
		if (error) {
			fprintf(stderr, "%s: %s\n", bpf_program__name(program), strerror(-error));
			return 1;
		}
		printf("%s %u\n", bpf_program__name(program), run.retval);
	}
	return 0;
}

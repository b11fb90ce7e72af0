/*
 * Deduplicates BTF with libbpf, for comparisons.
 *
 *	oracle DIR COUNT [api]
 *
 * For every N below COUNT: reads DIR/N.in and, if it exists, DIR/N.base, and
 * writes the deduplicated DIR/N.out, or DIR/N.err with a reason. With "api" the
 * input is first copied type by type through libbpf's API, so that libbpf
 * takes its strings as they are; the copy is written to DIR/N.mid.
 *
 * Every case runs in a child, with a time limit, because some inputs send
 * libbpf into an endless loop.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *dir;
static int number;

static void save(const char *suffix, const void *data, unsigned int size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, number, suffix);
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		exit(2);
}

static void fail(const char *what, long err)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %ld", what, err);
	save("err", text, strlen(text));
	exit(1);
}

static void *load(const char *suffix, unsigned int *size)
{
	char path[4096];
	void *data;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, number, suffix);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*size = ftell(f);
	rewind(f);
	data = malloc(*size + 1);
	if (!data || fread(data, 1, *size, f) != *size)
		exit(2);
	fclose(f);
	return data;
}

static void one(int api)
{
	struct btf *base = NULL, *btf, *copy;
	const void *raw;
	unsigned int size, id;
	void *data;
	int err;

	data = load("base", &size);
	if (data) {
		base = btf__new(data, size);
		if (!base)
			fail("base", -errno);
	}
	data = load("in", &size);
	btf = btf__new_split(data, size, base);
	if (!btf)
		fail("input", -errno);
	if (api) {
		copy = base ? btf__new_empty_split(base) : btf__new_empty();
		for (id = base ? btf__type_cnt(base) : 1; id < btf__type_cnt(btf); id++) {
			err = btf__add_type(copy, btf, btf__type_by_id(btf, id));
			if (err < 0)
				fail("copy", err);
		}
		btf = copy;
		raw = btf__raw_data(btf, &size);
		save("mid", raw, size);
	}
	err = btf__dedup(btf, NULL);
	if (err)
		fail("dedup", err);
	raw = btf__raw_data(btf, &size);
	if (!raw)
		fail("raw data", -errno);
	save("out", raw, size);
	exit(0);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

int main(int argc, char **argv)
{
	int count, status;

	if (argc < 3)
		return 2;
	dir = argv[1];
	count = atoi(argv[2]);
	libbpf_set_print(quiet);
	printf("%s\n", libbpf_version_string());
	fflush(stdout);
	for (number = 0; number < count; number++) {
		pid_t pid = fork();

		if (pid == 0) {
			alarm(5);
			one(argc > 3 && !strcmp(argv[3], "api"));
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 2;
		if (WIFSIGNALED(status)) {
			char text[64];

			snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
			save("err", text, strlen(text));
		} else if (WEXITSTATUS(status) > 1) {
			return 2;
		}
	}
	return 0;
}

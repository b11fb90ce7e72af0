/*
 * Distils and relocates BTF with libbpf, for comparisons. Reads commands from
 * standard input and writes their results to standard output, all numbers as
 * 32 bits in the order of the machine:
 *
 *	'B' SLOT LENGTH BYTES	keep a blob
 *	'D' BASE SPLIT		distil: result of two blobs, the base first
 *	'R' BASE SPLIT TARGET	relocate: result of one blob
 *	'M' BASE MIDDLE SPLIT	distil over a base that is split itself
 *
 * BASE and so on are slots. A result is
 *
 *	STATUS LENGTH TEXT [LENGTH BLOB]...
 *
 * where a status of 0 comes with the blobs, and any other with what libbpf
 * printed. Every command runs in a child with a time limit, because some inputs
 * send libbpf into an endless loop; its status is then 1000 and the signal's
 * number. A blob that libbpf does not read has status 2000.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS (1 << 17)

static struct slot {
	void *data;
	unsigned int size;
	struct btf *btf; /* of blobs without a base that were needed before */
} slots[SLOTS];

static char text[1 << 16];
static unsigned int text_len;

static int keep_text(enum libbpf_print_level level, const char *format, va_list args)
{
	int n;

	if (level > LIBBPF_WARN)
		return 0;
	n = vsnprintf(text + text_len, sizeof(text) - text_len, format, args);
	if (n > 0 && text_len + n < sizeof(text))
		text_len += n;
	return 0;
}

static unsigned int number(void)
{
	unsigned int n;

	if (fread(&n, sizeof(n), 1, stdin) != 1)
		exit(3);
	return n;
}

static struct slot *slot(void)
{
	unsigned int n = number();

	if (n >= SLOTS)
		exit(4);
	return &slots[n];
}

static void put(const void *data, unsigned int size)
{
	if (fwrite(&size, sizeof(size), 1, stdout) != 1 || fwrite(data, 1, size, stdout) != size)
		exit(5);
}

static void status(unsigned int n)
{
	if (fwrite(&n, sizeof(n), 1, stdout) != 1)
		exit(5);
	put(text, text_len);
}

static void finish(void)
{
	fflush(stdout);
	_exit(0);
}

static void fail(int err)
{
	status(err < 0 ? -err : err);
	finish();
}

static struct btf *parse(struct slot *s, struct btf *base)
{
	struct btf *btf = btf__new_split(s->data, s->size, base);

	if (!btf)
		fail(2000);
	return btf;
}

/* The raw data of what was parsed are not asked for before they are final:
 * libbpf keeps them. */
static void put_btf(struct btf *btf)
{
	unsigned int size;
	const void *raw = btf__raw_data(btf, &size);

	put(raw, size);
}

static void distil(struct btf *base, struct slot *split)
{
	struct btf *new_base, *new_split;
	int err;

	text_len = 0;
	err = btf__distill_base(parse(split, base), &new_base, &new_split);
	if (err)
		fail(err);
	status(0);
	put_btf(new_base);
	put_btf(new_split);
	finish();
}

static void relocate(struct slot *base, struct slot *split, struct slot *target)
{
	struct btf *btf = parse(split, parse(base, NULL));
	int err;

	text_len = 0;
	err = btf__relocate(btf, target->btf);
	if (err)
		fail(err);
	status(0);
	put_btf(btf);
	finish();
}

/* Parses a blob once, for all children. */
static void need(struct slot *s)
{
	if (!s->btf)
		s->btf = btf__new(s->data, s->size);
}

int main(void)
{
	int command;

	libbpf_set_print(keep_text);
	fprintf(stderr, "%s\n", libbpf_version_string());
	while ((command = getchar()) != EOF) {
		struct slot *s[3];
		int i, wait_status;
		pid_t pid;

		if (command == 'B') {
			s[0] = slot();
			s[0]->size = number();
			s[0]->data = malloc(s[0]->size + 1);
			if (!s[0]->data || fread(s[0]->data, 1, s[0]->size, stdin) != s[0]->size)
				return 3;
			continue;
		}
		for (i = 0; i < (command == 'D' ? 2 : 3); i++)
			s[i] = slot();
		if (command != 'R')
			need(s[0]);
		else
			need(s[2]);
		text_len = 0;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			alarm(5);
			if (command == 'D' || command == 'M') {
				if (!s[0]->btf)
					fail(2000);
				distil(command == 'D' ? s[0]->btf : parse(s[1], s[0]->btf), s[command == 'D' ? 1 : 2]);
			}
			if (!s[2]->btf)
				fail(2000);
			relocate(s[0], s[1], s[2]);
		}
		if (pid < 0 || waitpid(pid, &wait_status, 0) < 0)
			return 6;
		if (WIFSIGNALED(wait_status)) {
			text_len = 0;
			status(1000 + WTERMSIG(wait_status));
		} else if (WEXITSTATUS(wait_status)) {
			return WEXITSTATUS(wait_status);
		}
	}
	fflush(stdout);
	return 0;
}

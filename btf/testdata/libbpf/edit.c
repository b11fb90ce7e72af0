/*
 * Makes append.btf, append-split.btf, permute.btf and permute-split.btf from
 * plain.btf and split.btf with libbpf 1.8 (Linux 7.2): one BTF added to
 * another, and types in another order.
 *
 *	cc -o edit edit.c -lbpf && ./edit
 */
#include <stdio.h>
#include <stdlib.h>
#include <bpf/btf.h>

static void save(struct btf *b, const char *name)
{
	unsigned int size;
	const void *raw = btf__raw_data(b, &size);
	FILE *f = fopen(name, "w");

	if (!raw || !f || fwrite(raw, 1, size, f) != size || fclose(f))
		perror(name);
}

static void must(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "%s: %d\n", what, err);
		exit(1);
	}
}

/* Gives the types of b the IDs of the opposite order. */
static void reverse(struct btf *b, unsigned int first)
{
	unsigned int n = btf__type_cnt(b), i, map[64] = {}, void_too = first == 1;

	for (i = first; i < n; i++)
		map[i - first + void_too] = n - 1 - (i - first);
	must(btf__permute(b, map, n - first + void_too, NULL), "permute");
}

int main(void)
{
	struct btf *plain = btf__parse_raw("plain.btf"), *dst = btf__parse_raw("plain.btf");
	struct btf *split = btf__parse_raw_split("split.btf", plain);

	must(btf__add_btf(dst, plain), "append");
	save(dst, "append.btf");

	dst = btf__new_empty_split(plain);
	must(btf__add_typedef(dst, "mine", 14), "typedef");
	must(btf__add_btf(dst, split), "append split");
	must(btf__add_btf(dst, split), "append split again");
	save(dst, "append-split.btf");

	reverse(split, btf__type_cnt(plain));
	save(split, "permute-split.btf");
	reverse(plain, 1);
	save(plain, "permute.btf");
	return 0;
}

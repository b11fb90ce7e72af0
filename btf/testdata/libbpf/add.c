/*
 * Makes the blobs in this directory with libbpf 1.8 (commit f7081a6b): the same
 * types as allKinds in builder_test.go, in both byte orders, with and without a
 * layout section, and two levels of split BTF over them.
 *
 *	cc -o add add.c -lbpf && ./add
 */
#include <limits.h>
#include <stdio.h>
#include <bpf/btf.h>

static void save(struct btf *b, const char *name)
{
	unsigned int size;
	const void *raw = btf__raw_data(b, &size);
	FILE *f = fopen(name, "w");

	if (!raw || !f || fwrite(raw, 1, size, f) != size || fclose(f))
		perror(name);
}

static void all_kinds(struct btf *b)
{
	int i = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	int p = btf__add_ptr(b, 3), v;

	btf__add_struct(b, "s", 8);
	btf__add_field(b, "f1", i, 0, 0);
	btf__add_field(b, "f2", i, 32, 16);
	btf__add_struct(b, "", 4);
	btf__add_field(b, "", i, 1U << 31, 0);
	btf__add_union(b, "u", 4);
	btf__add_field(b, "f1", i, 0, 255);
	btf__add_array(b, i, i, 10);
	btf__add_enum(b, "e1", 4);
	btf__add_enum_value(b, "v1", 1);
	btf__add_enum_value(b, "v2", UINT_MAX);
	btf__add_enum(b, "", 1);
	btf__add_enum_value(b, "n", INT_MIN);
	btf__add_enum64(b, "e64", 8, true);
	btf__add_enum64_value(b, "m1", -1ULL);
	btf__add_enum64(b, "", 8, false);
	btf__add_enum64_value(b, "max", -1ULL);
	btf__add_fwd(b, "fs", BTF_FWD_STRUCT);
	btf__add_fwd(b, "fu", BTF_FWD_UNION);
	btf__add_fwd(b, "fe", BTF_FWD_ENUM);
	btf__add_typedef(b, "t", i);
	btf__add_volatile(b, p);
	btf__add_const(b, p);
	btf__add_restrict(b, p);
	btf__add_func(b, "f", BTF_FUNC_EXTERN, 19);
	btf__add_func_proto(b, i);
	btf__add_func_param(b, "p1", i);
	btf__add_func_param(b, "", 0);
	v = btf__add_var(b, "v", BTF_VAR_GLOBAL_ALLOCATED, i);
	btf__add_datasec(b, ".data", 12);
	btf__add_datasec_var_info(b, v, 4, 8);
	btf__add_float(b, "float", 4);
	btf__add_decl_tag(b, "tag", v, -1);
	btf__add_decl_attr(b, "attr", 18, 1);
	btf__add_type_tag(b, "tt", i);
	btf__add_type_attr(b, "ta", i);
}

int main(void)
{
	LIBBPF_OPTS(btf_new_opts, opts, .add_layout = true);
	struct btf *plain = btf__new_empty(), *big = btf__new_empty();
	struct btf *layout = btf__new_empty_opts(&opts), *split, *top;

	all_kinds(plain);
	save(plain, "plain.btf");
	all_kinds(big);
	btf__set_endianness(big, BTF_BIG_ENDIAN);
	save(big, "plain-big.btf");
	all_kinds(layout);
	save(layout, "layout.btf");
	btf__set_endianness(layout, BTF_BIG_ENDIAN);
	save(layout, "layout-big.btf");

	split = btf__new_empty_split(plain);
	btf__add_typedef(split, "f1", 1);
	btf__add_struct(split, "new", 4);
	btf__add_field(split, "int", 27, 0, 0);
	btf__add_field(split, "new", 27, 0, 0);
	save(split, "split.btf");

	top = btf__new_empty_split(split);
	btf__add_typedef(top, "new", 28);
	btf__add_typedef(top, "ta", 28);
	btf__add_typedef(top, "own", 28);
	save(top, "split-split.btf");
	return 0;
}

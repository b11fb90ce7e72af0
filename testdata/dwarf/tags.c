/* BTF tags on every kind of declaration. gcc and clang describe them differently. */
#define TYPE_TAG(x) __attribute__((btf_type_tag(#x)))
#define DECL_TAG(x) __attribute__((btf_decl_tag(#x)))
struct DECL_TAG(struct_one) DECL_TAG(struct_two) device {
	int id DECL_TAG(member_id);
	long TYPE_TAG(inner) TYPE_TAG(outer) *data;
	unsigned flag : 3 DECL_TAG(member_flag);
};
typedef long number_t DECL_TAG(on_typedef);
struct device shared DECL_TAG(on_variable);
__attribute__((section(".data..percpu"))) long counter DECL_TAG(on_percpu) = 3;
long probe(struct device *d DECL_TAG(on_param), int TYPE_TAG(user) *where, number_t n) DECL_TAG(on_function) DECL_TAG(again);
long probe(struct device *d DECL_TAG(on_param), int TYPE_TAG(user) *where, number_t n)
{
	return d->id + *where + n;
}

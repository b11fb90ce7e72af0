/* Relocations of every kind, for the goldens beside. Objects of both byte orders are made
 * of it by
 *	go test ./inspect/mincore -run PeerObjects -update
 * with clang of the peers. */
#define CORE __attribute__((preserve_access_index))

enum state { IDLE, RUNNING, GONE };
enum state___flavour { RUNNING___flavour = 1 };
enum wide { WIDE = 1ULL << 40 };

struct inner {
	int x;
	int y[3];
} CORE;

struct outer {
	int id;
	struct {
		int hidden;
		union {
			long number;
			struct inner in;
		};
	};
	struct inner array[4];
	struct inner *next;
	unsigned low : 3, high : 5;
	enum state state;
	char name[16];
	int tail[];
} CORE;

struct outer___old {
	int old_id;
} CORE;

struct missing {
	int x;
} CORE;

struct shape {
	int a;
	struct inner *link;
	struct inner held;
};
struct shape___more {
	int a, b;
};
typedef int (*callback_t)(struct inner *in, enum state s);
typedef struct inner inner_t;
union both {
	int i;
	float f;
};

#define info(field, kind) __builtin_preserve_field_info(field, kind)
#define type(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
#define value(type, name, kind) __builtin_preserve_enum_value(*(type *)name, kind)

long out;

__attribute__((section("tp/fields"))) int fields(struct outer *o)
{
	out += o->id + o->hidden + o->in.y[1] + o->array[2].y[2] + o->next->x + o->name[5] + o->tail[9];
	out += (long)__builtin_preserve_access_index(&o->number);
	out += info(o->array, 1) + info(o->state, 2) + info(((struct outer___old *)o)->old_id, 2);
	out += info(((struct missing *)o)->x, 2) + info(o->id, 3);
	out += info(o->high, 0) + info(o->high, 1) + info(o->high, 4) + info(o->high, 5) + info(o->low, 2);
	return 0;
}

__attribute__((section("tp/types"))) int types(void *c)
{
	out += __builtin_btf_type_id(*(struct inner *)0, 0) + __builtin_btf_type_id(*(union both *)0, 1);
	out += type(struct missing, 0) + type(struct outer, 0) + type(callback_t, 0) + type(inner_t, 0) + type(struct inner, 1);
	out += type(struct shape, 2) + type(struct shape___more, 2) + type(enum state, 2);
	return 0;
}

__attribute__((section("tp/enums"))) int enums(void *c)
{
	out += value(enum state, RUNNING, 0) + value(enum state, GONE, 1);
	out += value(enum state___flavour, RUNNING___flavour, 1) + value(enum wide, WIDE, 1);
	return 0;
}

/* Types inside types, functions and blocks: the order of IDs. */
struct tree {
	struct node { unsigned depth; struct tree *up; } left, right;
	union { short key; struct { char lo, hi; }; };
	struct tree *next;
	enum colour { RED, BLACK } colour;
} root;
int walk(int start)
{
	struct frame { long depth; struct tree *at; } f = { start, &root };
	{
		union cell { char c; long l; } cell = { 1 };
		__asm__ volatile("" : : "r"(&cell) : "memory");
	}
	typedef struct frame frame_t;
	frame_t *top = &f;
	__asm__ volatile("" : : "r"(top) : "memory");
	return f.depth;
}

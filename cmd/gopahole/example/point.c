/* The input of `gopahole example`: a little of most things BTF describes. */

enum color { RED, GREEN, BLUE = 7 };

struct point {
	int x, y;
};

typedef struct pixel {
	struct point at;
	enum color color : 4;
	unsigned int visible : 1;
	float brightness;
	const char *label;
	struct pixel *neighbours[2][3];
} pixel_t;

/* The section in which the Linux kernel keeps variables that exist per CPU. */
__attribute__((section(".data..percpu"))) pixel_t cursor = { .color = BLUE };

int manhattan(const struct point *from, const struct point *to)
{
	int dx = from->x - to->x, dy = from->y - to->y;

	return (dx < 0 ? -dx : dx) + (dy < 0 ? -dy : dy);
}

void show(pixel_t *p, int (*draw)(const pixel_t *p, ...))
{
	p->visible = draw(p) > 0;
}

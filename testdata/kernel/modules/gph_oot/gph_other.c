// SPDX-License-Identifier: GPL-2.0
#include "gph_oot.h"

struct gph_hidden {
	struct timer_list timer;
	struct gph_item item;
};

static struct gph_hidden *gph_hidden_of(struct gph_state *state)
{
	return state->hidden;
}

/* The numbers are those of the guest. */
u64 gph_size_of(u32 which)
{
	switch (which) {
	case 0:
		return sizeof(struct gph_state);
	case 1:
		return sizeof(struct device);
	case 2:
		return sizeof(struct task_struct);
	case 3:
		return gph_hidden_of(&gph_state) ? 0 : sizeof(struct gph_hidden);
	}
	return 0;
}

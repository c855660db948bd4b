/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/saying.h"

bool saying_may(struct saying *s, unsigned per_minute, int64_t now_ms, unsigned *ret)
{
	if (now_ms >= s->until_ms) {
		s->until_ms = now_ms + SAYING_WINDOW_MS;
		s->n = 0;
	}
	if (s->n >= per_minute) {
		s->n_more++;
		return false;
	}
	s->n++;
	*ret = s->n_more;
	s->n_more = 0;
	return true;
}

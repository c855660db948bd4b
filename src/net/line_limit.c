/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/line_limit.h"

#include <stddef.h>
#include <stdlib.h>
#include <uv.h>

#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/pseudonym.h"

/* The place after those of the networks is shared by all that found none. */
enum { OTHERS = LINE_LIMIT_NETWORKS };

struct network {
	struct prefix prefix;
	int64_t until_ms;
	unsigned lines; /* 0: the place is free */
	uint64_t left_out;
};

struct line_limit {
	struct line_limit_conf conf;
	uv_mutex_t lock; /* of what follows */
	int64_t next_ms; /* when the first window is over */
	struct network networks[LINE_LIMIT_NETWORKS + 1];
};

int line_limit_new(const struct line_limit_conf *conf, struct line_limit **ret)
{
	struct line_limit *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	if (uv_mutex_init(&l->lock) != 0) {
		free(l);
		return ERR_NOMEM;
	}
	l->conf = *conf;
	l->next_ms = INT64_MAX;
	*ret = l;
	return 0;
}

void line_limit_free(struct line_limit *l)
{
	if (l == NULL)
		return;
	uv_mutex_destroy(&l->lock);
	free(l);
}

static void write_count(const struct line_limit *l, const struct network *n)
{
	char text[PREFIX_TEXT_MAX] = "others";

	if (addr_is_set(&n->prefix.addr))
		pseudonym_prefix_format(&n->prefix, text);
	log_event(LOG_LEVEL_INFO, l->conf.sentence,
		  LOG_FIELDS(log_str("client", text), log_uint("lines", n->left_out)));
}

/* Frees one place whose window is over. */
static bool end_one_window(struct line_limit *l, int64_t now_ms, struct network *ret)
{
	int64_t next_ms = INT64_MAX;
	bool found = false;
	size_t i;

	uv_mutex_lock(&l->lock);
	for (i = 0; now_ms >= l->next_ms && i <= OTHERS; i++) {
		struct network *n = &l->networks[i];

		if (n->lines == 0)
			continue;
		if (!found && now_ms >= n->until_ms) {
			found = true;
			*ret = *n;
			*n = (struct network){.lines = 0};
		} else if (n->until_ms < next_ms) {
			next_ms = n->until_ms;
		}
	}
	if (now_ms >= l->next_ms)
		l->next_ms = next_ms;
	uv_mutex_unlock(&l->lock);
	return found;
}

static struct network *line_limit_find(struct line_limit *l, const struct prefix *p)
{
	struct network *free_one = NULL;
	size_t i;

	for (i = 0; i < LINE_LIMIT_NETWORKS; i++) {
		struct network *n = &l->networks[i];

		if (n->lines > 0 && prefix_equal(&n->prefix, p))
			return n;
		if (n->lines == 0 && free_one == NULL)
			free_one = n;
	}
	if (free_one == NULL)
		return &l->networks[OTHERS];
	free_one->prefix = *p;
	return free_one;
}

bool line_limit_take(struct line_limit *l, const struct addr *client, int64_t now_ms)
{
	struct prefix p = l->conf.network(client);
	struct network *n;
	bool taken;

	line_limit_tell(l, now_ms);
	uv_mutex_lock(&l->lock);
	n = line_limit_find(l, &p);
	if (n->lines == 0)
		n->until_ms = now_ms + l->conf.window_ms;
	if (n->until_ms < l->next_ms)
		l->next_ms = n->until_ms;
	taken = n->lines < l->conf.lines;
	if (taken)
		n->lines++;
	else
		n->left_out++;
	uv_mutex_unlock(&l->lock);
	if (!taken)
		metric_add(METRIC_LOG_LINES_LIMITED, 1);
	return taken;
}

int64_t line_limit_next_ms(struct line_limit *l)
{
	int64_t next_ms;

	uv_mutex_lock(&l->lock);
	next_ms = l->next_ms;
	uv_mutex_unlock(&l->lock);
	return next_ms;
}

void line_limit_tell(struct line_limit *l, int64_t now_ms)
{
	struct network ended;

	while (end_one_window(l, now_ms, &ended))
		if (ended.left_out > 0)
			write_count(l, &ended);
}

void line_limit_tell_all(struct line_limit *l)
{
	line_limit_tell(l, INT64_MAX);
}

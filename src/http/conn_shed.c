/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_shed.h"

#include <string.h>

#include "base/log.h"
#include "base/metric.h"

/* Nobody is shed in CONN_HANDED. */
enum { SHED_PHASES = CONN_HANDED };

static const struct {
	enum metric metric;
	const char *name;
} words[SHED_PHASES] = {
	[CONN_HELLO] = {METRIC_HTTP_SHED_HELLO, "hello"},
	[CONN_HEAD] = {METRIC_HTTP_SHED_HEAD, "head"},
	[CONN_BODY] = {METRIC_HTTP_SHED_BODY, "body"},
	[CONN_REPLY] = {METRIC_HTTP_SHED_REPLY, "reply"},
	[CONN_IDLE] = {METRIC_HTTP_SHED_IDLE, "idle"},
	[CONN_WAIT] = {METRIC_HTTP_SHED_WAIT, "wait"},
};

void conn_shed_count(struct conn_shed *s, enum conn_phase phase)
{
	s->n[phase]++;
	metric_add(words[phase].metric, 1);
}

bool conn_shed_take(struct conn_shed *s, int64_t now_ms, struct conn_shed *ret)
{
	bool any = false;
	size_t i;

	for (i = 0; i < SHED_PHASES; i++)
		any = any || s->n[i] > 0;
	if (!any || now_ms < s->next_log_ms)
		return false;
	*ret = *s;
	memset(s->n, 0, sizeof(s->n));
	s->next_log_ms = now_ms + CONN_SHED_LOG_MS;
	return true;
}

void conn_shed_tell(const struct conn_shed *s, unsigned limit)
{
	struct log_field fields[SHED_PHASES + 1] = {log_uint("limit", limit)};
	size_t i, n = 1;

	for (i = 0; i < SHED_PHASES; i++)
		if (s->n[i] > 0)
			fields[n++] = log_uint(words[i].name, s->n[i]);
	log_event(LOG_LEVEL_WARN, "connections make room for others: all are in use", fields, n);
}

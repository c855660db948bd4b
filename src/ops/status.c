/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

#include "account/penalty.h"
#include "account/verify.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/metric.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "engine/change_limit.h"
#include "engine/engine.h"
#include "engine/seen.h"
#include "http/server.h"
#include "ops/status_lines.h"

enum {
	BEAT_MS = 1000,
	/* A core thread that is busy for longer is stuck: no update may take so long. */
	STUCK_MS = 5000,
};

struct status {
	struct http_admin http;
	const struct conf *conf;
	const struct engine *engine;
	uv_timer_t timer;
	_Atomic int64_t beat_ms; /* when the loop last ran its timer */
	_Atomic bool reasons[STATUS_REASONS];
};

static bool is_alive(void *arg)
{
	struct status *a = arg;

	return clock_mono_ms() - atomic_load(&a->beat_ms) <= STUCK_MS;
}

/* Reads the metrics, so that /readyz cannot contradict them. */
static size_t list_missing_aws(const char **ret, size_t max)
{
	static const struct {
		enum metric gauge;
		const char *word;
	} rows[] = {
		{METRIC_AWS_KEYS_MISSING, "credentials-unavailable"},
		{METRIC_AWS_BREAKER_DYNAMODB, "dynamodb-unavailable"},
		{METRIC_TABLE_MISSING, "table-missing"},
		{METRIC_TABLE_DENIED, "table-denied"},
		{METRIC_TABLE_OTHER_KEY, "table-has-another-key"},
		{METRIC_TABLE_KMS, "kms-refused"},
		{METRIC_AWS_BREAKER_ROUTE53, "route53-unavailable"},
		{METRIC_ZONES_DENIED, "route53-denied"},
	};
	size_t i, n = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && n < max; i++)
		if (metric_get(rows[i].gauge) > 0)
			ret[n++] = rows[i].word;
	return n;
}

size_t status_reasons(const struct status *a, const char **ret, size_t max)
{
	static const char *const words[] = {
		[STATUS_DRAINING] = "draining",
		[STATUS_STARTING] = "starting",
	};
	size_t i, n = 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && n < max; i++)
		if (atomic_load(&a->reasons[i]))
			ret[n++] = words[i];
	n += list_missing_aws(ret + n, max - n);
	if (n < max && atomic_load(&a->reasons[STATUS_RESUMING]))
		ret[n++] = metric_get(METRIC_LISTING_THROTTLED) > 0 ? "resuming: table-throttled"
								    : "resuming";
	return n;
}

/* The first one. */
static const char *why_not_ready(void *arg)
{
	const char *why;

	return status_reasons(arg, &why, 1) > 0 ? why : NULL;
}

static void print_limit(void *arg, const char *name, unsigned value)
{
	metric_print_sample(arg, "limit", "name", name, value);
}

/* Of tables and queues of a fixed size. */
static void print_sizes(struct buf *out)
{
	static const struct {
		const char *name;
		unsigned value;
	} sizes[] = {
		{"penalty-clients", PENALTY_CLIENTS},
		{"penalty-logins", PENALTY_LOGINS},
		{"verified-logins", VERIFIED_MAX},
		{"limited-hosts", CHANGE_LIMIT_HOSTS},
		{"pending-hashes", CONF_PENDING_HASHES_MAX},
		{"seen-hosts", SEEN_MAX},
		{"status-connections", STATUS_CONNECTIONS_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		print_limit(out, sizes[i].name, sizes[i].value);
}

static void print_metrics(void *arg, struct buf *out)
{
	const struct status *a = arg;

	metric_print(out);
	histogram_print(out);
	metric_print_head(
		out, "limit", METRIC_GAUGE,
		"Limits and timeouts (seconds) by the name of their key, and sizes of tables.");
	conf_each_number(a->conf, print_limit, out);
	print_sizes(out);
}

static void on_beat(uv_timer_t *timer)
{
	struct status *a = timer->data;
	struct engine_stats stats;

	atomic_store(&a->beat_ms, clock_mono_ms());
	engine_stats(a->engine, &stats);
	metric_set(METRIC_UPDATES_PENDING, (int64_t)stats.pending);
	metric_set(METRIC_CACHED_ACCOUNTS, (int64_t)stats.cached);
	metric_set(METRIC_SEEN_HOSTS, (int64_t)stats.seen);
	metric_set(METRIC_REPUBLICATIONS_WAITING, (int64_t)stats.repeats);
	metric_set(METRIC_NEW_HOSTS_WAITING, (int64_t)stats.stateless);
	metric_set(METRIC_CHANGES_QUEUED, (int64_t)stats.queued);
	metric_set(METRIC_OLDEST_CHANGE_AGE, (stats.oldest_ms + 999) / 1000);
	metric_set(METRIC_ZONES_DENIED, (int64_t)stats.barred);
	metric_set(METRIC_HOSTS_PENDING, (int64_t)stats.hosts);
	metric_set(METRIC_HOSTS_WAITING_STORE, (int64_t)stats.hosts_for_store);
	metric_set(METRIC_HOSTS_WAITING_SETTLE, (int64_t)stats.hosts_for_settle);
	metric_set(METRIC_HOSTS_WAITING_LISTING, (int64_t)stats.hosts_for_listing);
	status_set(a, STATUS_RESUMING, stats.resuming);
}

int status_new(struct uv_loop_s *loop, const struct conf *conf, const struct engine *engine,
	       struct status **ret)
{
	struct status *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->http = (struct http_admin){.is_alive = is_alive,
				      .why_not_ready = why_not_ready,
				      .print_metrics = print_metrics,
				      .arg = a};
	a->conf = conf;
	a->engine = engine;
	atomic_store(&a->beat_ms, clock_mono_ms());
	atomic_store(&a->reasons[STATUS_STARTING], true);
	a->timer.data = a;
	uv_timer_init(loop, &a->timer);
	uv_timer_start(&a->timer, on_beat, 0, BEAT_MS);
	metric_set(METRIC_START_TIME, clock_wall_s());
	*ret = a;
	return 0;
}

const struct http_admin *status_http(const struct status *a)
{
	return &a->http;
}

void status_set(struct status *a, enum status_reason reason, bool holds)
{
	if (a == NULL)
		return;
	atomic_store(&a->reasons[reason], holds);
	if (reason == STATUS_RESUMING)
		metric_set(METRIC_RESUMING, holds);
}

void status_close(struct status *a)
{
	if (a != NULL)
		uv_close((uv_handle_t *)&a->timer, NULL);
}

void status_free(struct status *a)
{
	free(a);
}

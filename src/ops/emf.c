/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/emf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/metric.h"

enum emf_kind {
	EMF_COUNT, /* since the line before */
	EMF_GAUGE,
	EMF_GAUGE_SECONDS,
};

/* Each is the sum of its metrics. What costs money each month is what somebody would be woken by,
 * or looks for when he was: the rest is in /metrics. */
enum { EMF_SUMMANDS_MAX = 8 };
static const struct {
	const char *name;
	enum emf_kind kind;
	size_t n;
	enum metric metrics[EMF_SUMMANDS_MAX];
} rows[] = {
#define SUM(...)                                                                                   \
	sizeof((enum metric[]){__VA_ARGS__}) / sizeof(enum metric),                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
	{"updates_good", EMF_COUNT, SUM(METRIC_UPDATES_GOOD)},
	{"updates_nochg", EMF_COUNT, SUM(METRIC_UPDATES_NOCHG)},
	{"updates_badauth", EMF_COUNT, SUM(METRIC_UPDATES_BADAUTH)},
	{"updates_nohost", EMF_COUNT, SUM(METRIC_UPDATES_NOHOST)},
	{"updates_dnserr", EMF_COUNT, SUM(METRIC_UPDATES_DNSERR)},
	{"updates_911", EMF_COUNT, SUM(METRIC_UPDATES_911)},
	{"logins_braked", EMF_COUNT, SUM(METRIC_LOGINS_BRAKED_CLIENT, METRIC_LOGINS_BRAKED_LOGIN)},
	{"connections_rejected", EMF_COUNT,
	 SUM(METRIC_HTTP_REJECTED_CLIENT, METRIC_HTTP_REJECTED_FULL)},
	{"connections_shed", EMF_COUNT,
	 SUM(METRIC_HTTP_SHED_HELLO, METRIC_HTTP_SHED_HEAD, METRIC_HTTP_SHED_BODY,
	     METRIC_HTTP_SHED_REPLY, METRIC_HTTP_SHED_IDLE, METRIC_HTTP_SHED_WAIT)},
	{"publish_failures", EMF_COUNT, SUM(METRIC_PUBLISH_FAILURES)},
	{"store_trouble", EMF_COUNT, SUM(METRIC_STORE_TROUBLE)},
	{"state_rollbacks", EMF_COUNT, SUM(METRIC_STATE_ROLLBACKS)},
	{"aws_throttled", EMF_COUNT,
	 SUM(METRIC_AWS_DYNAMODB_THROTTLED, METRIC_AWS_ROUTE53_THROTTLED, METRIC_AWS_STS_THROTTLED,
	     METRIC_AWS_SNS_THROTTLED)},
	{"aws_failed", EMF_COUNT,
	 SUM(METRIC_AWS_DYNAMODB_DENIED, METRIC_AWS_DYNAMODB_FAILED, METRIC_AWS_ROUTE53_DENIED,
	     METRIC_AWS_ROUTE53_FAILED, METRIC_AWS_STS_DENIED, METRIC_AWS_STS_FAILED,
	     METRIC_AWS_SNS_DENIED, METRIC_AWS_SNS_FAILED)},
	{"dns_queries", EMF_COUNT, SUM(METRIC_DNS_QUERIES_UDP, METRIC_DNS_QUERIES_TCP)},
	{"log_lines_lost", EMF_COUNT, SUM(METRIC_LOG_LINES_LOST)},
	{"connections", EMF_GAUGE, SUM(METRIC_HTTP_CONNECTIONS)},
	{"updates_pending", EMF_GAUGE, SUM(METRIC_UPDATES_PENDING)},
	{"changes_queued", EMF_GAUGE, SUM(METRIC_CHANGES_QUEUED)},
	{"oldest_change_age", EMF_GAUGE_SECONDS, SUM(METRIC_OLDEST_CHANGE_AGE)},
	{"zones_denied", EMF_GAUGE, SUM(METRIC_ZONES_DENIED)},
	{"table_refused", EMF_GAUGE,
	 SUM(METRIC_TABLE_MISSING, METRIC_TABLE_DENIED, METRIC_TABLE_OTHER_KEY, METRIC_TABLE_KMS)},
	{"aws_breaker_open", EMF_GAUGE,
	 SUM(METRIC_AWS_BREAKER_DYNAMODB, METRIC_AWS_BREAKER_ROUTE53, METRIC_AWS_BREAKER_STS,
	     METRIC_AWS_BREAKER_SNS)},
	{"aws_credentials_missing", EMF_GAUGE, SUM(METRIC_AWS_KEYS_MISSING)},
	{"resuming", EMF_GAUGE, SUM(METRIC_RESUMING)},
	{"reload_failed", EMF_GAUGE,
	 SUM(METRIC_RELOAD_FAILED_CERTIFICATES, METRIC_RELOAD_FAILED_CONFIGURATION,
	     METRIC_RELOAD_FAILED_PEPPERS, METRIC_RELOAD_FAILED_TARGETS)},
	{"certificates_due", EMF_GAUGE, SUM(METRIC_CERTIFICATES_DUE)},
#undef SUM
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Means of a period; not there when nothing happened in it. */
static const struct {
	const char *name;
	size_t n;
	enum histogram histograms[4];
} means[] = {
	{"update_time",
	 4,
	 {HISTOGRAM_UPDATE_GOOD, HISTOGRAM_UPDATE_NOCHG, HISTOGRAM_UPDATE_REFUSED,
	  HISTOGRAM_UPDATE_TROUBLE}},
	{"publication_time", 1, {HISTOGRAM_PUBLICATION}},
};
enum { MEANS = sizeof(means) / sizeof(means[0]) };

/* Bytes of the member "_aws". */
enum { AWS_MAX = 2048 };
/* A directive may not have more of them. */
enum { DIRECTIVE_METRICS_MAX = 100 };
_Static_assert(ROWS + MEANS <= DIRECTIVE_METRICS_MAX, "too many for one directive");

struct emf_numbers {
	int64_t rows[ROWS];
	struct histogram_total means[MEANS];
};

struct emf {
	uv_timer_t timer;
	struct emf_numbers told; /* when the last line was written */
};

static void emf_read(struct emf_numbers *ret)
{
	size_t i, k;

	*ret = (struct emf_numbers){.rows = {0}};
	for (i = 0; i < ROWS; i++)
		for (k = 0; k < rows[i].n; k++)
			ret->rows[i] += metric_get(rows[i].metrics[k]);
	for (i = 0; i < MEANS; i++) {
		for (k = 0; k < means[i].n; k++) {
			const struct histogram_total t = histogram_total(means[i].histograms[k]);

			ret->means[i].n += t.n;
			ret->means[i].ms += t.ms;
		}
	}
}

struct emf_line {
	struct buf aws;
	size_t n;
	struct log_field fields[1 + ROWS + MEANS];
};

static void emf_add(struct emf_line *l, const char *name, const char *unit, int64_t value)
{
	buf_addf(&l->aws, "%s{\"Name\":\"%s\",\"Unit\":\"%s\"}", l->n > 1 ? "," : "", name, unit);
	l->fields[l->n++] = log_int(name, value);
}

static void emf_fill(struct emf_line *l, const struct emf_numbers *told,
		     const struct emf_numbers *now)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		emf_add(l, rows[i].name, rows[i].kind == EMF_GAUGE_SECONDS ? "Seconds" : "Count",
			now->rows[i] - (rows[i].kind == EMF_COUNT ? told->rows[i] : 0));
	for (i = 0; i < MEANS; i++) {
		const int64_t n = now->means[i].n - told->means[i].n;

		if (n > 0)
			emf_add(l, means[i].name, "Milliseconds",
				(now->means[i].ms - told->means[i].ms) / n);
	}
}

/* Without dimensions: each further one would be metrics to be paid for, and several daemons of one
 * service are added up. */
void emf_write(struct emf *e)
{
	struct emf_line l = {.n = 1};
	struct emf_numbers now;

	emf_read(&now);
	buf_init(&l.aws, AWS_MAX);
	buf_addf(&l.aws,
		 "{\"Timestamp\":%" PRId64 ",\"CloudWatchMetrics\":[{\"Namespace\":\"mooring\","
		 "\"Dimensions\":[[]],\"Metrics\":[",
		 clock_wall_ms());
	emf_fill(&l, &e->told, &now);
	buf_adds(&l.aws, "]}]}");
	/* Without memory the next line tells it all. */
	if (buf_err(&l.aws) == 0) {
		l.fields[0] = log_json("_aws", buf_str(&l.aws));
		log_always("metrics", l.fields, l.n);
		e->told = now;
	}
	buf_fini(&l.aws);
}

static void emf_on_timer(uv_timer_t *timer)
{
	emf_write(timer->data);
}

int emf_new(struct uv_loop_s *loop, uint64_t period_ms, struct emf **ret)
{
	struct emf *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return ERR_NOMEM;
	emf_read(&e->told);
	e->timer.data = e;
	uv_timer_init(loop, &e->timer); /* cannot fail */
	uv_timer_start(&e->timer, emf_on_timer, period_ms, period_ms);
	*ret = e;
	return 0;
}

static void emf_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void emf_close(struct emf *e)
{
	if (e == NULL)
		return;
	emf_write(e);
	uv_close((uv_handle_t *)&e->timer, emf_on_closed);
}

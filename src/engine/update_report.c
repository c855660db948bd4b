/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_report.h"

#include <string.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "dyndns/reply.h"
#include "engine/plan.h"
#include "engine/update_request.h"
#include "net/fqdn.h"
#include "net/line_limit.h"
#include "net/pseudonym.h"

/* Every name and word of the longest answer, and two addresses; the log cuts what is too much. */
enum {
	HOSTS_TEXT_MAX = QUERY_HOSTS_MAX * (FQDN_TEXT_MAX + 1),
	VERDICTS_TEXT_MAX = QUERY_HOSTS_MAX * 16,
	ADDRS_TEXT_MAX = 2 * ADDR_TEXT_MAX,
};

static void report_add(struct buf *b, const char *text)
{
	if (b->len > 0)
		buf_addc(b, ',');
	buf_adds(b, text);
}

static void report_hosts(struct buf *b, const struct dyndns_query *q, const struct fqdn *only_host)
{
	size_t i;

	if (only_host->len > 0) {
		report_add(b, only_host->text);
		return;
	}
	for (i = 0; q->hosts_kind == QUERY_HOSTS_GIVEN && i < q->n_hosts; i++)
		report_add(b, q->hosts[i].valid ? q->hosts[i].name.text : "?");
}

static void report_pair(struct buf *b, const struct addr_pair *a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_set(&a->v4))
		report_add(b, pseudonym_addr_format(&a->v4, text));
	if (addr_is_set(&a->v6))
		report_add(b, pseudonym_addr_format(&a->v6, text));
}

static void report_addrs(struct buf *b, const struct engine_request *r)
{
	char text[ADDR_TEXT_MAX];

	switch (r->query.address_kind) {
	case QUERY_ADDRESS_BAD:
		report_add(b, "?");
		break;
	case QUERY_ADDRESS_PEER:
		report_add(b, pseudonym_addr_format(&r->peer, text));
		break;
	case QUERY_ADDRESS_GIVEN:
		report_pair(b, &r->query.addrs);
		break;
	}
}

static void report_count(const struct dyndns_answer *answer)
{
	static const enum metric verdicts[] = {
		[DYNDNS_GOOD] = METRIC_UPDATES_GOOD,
		[DYNDNS_NOCHG] = METRIC_UPDATES_NOCHG,
		[DYNDNS_BADAUTH] = METRIC_UPDATES_BADAUTH,
		[DYNDNS_NOHOST] = METRIC_UPDATES_NOHOST,
		[DYNDNS_NOTFQDN] = METRIC_UPDATES_NOTFQDN,
		[DYNDNS_NUMHOST] = METRIC_UPDATES_NUMHOST,
		[DYNDNS_DNSERR] = METRIC_UPDATES_DNSERR,
		[DYNDNS_DNSERR_LATER] = METRIC_UPDATES_DNSERR,
		[DYNDNS_911] = METRIC_UPDATES_911,
	};
	size_t i;

	for (i = 0; i < answer->n_lines; i++)
		metric_add(verdicts[answer->lines[i].code], 1);
}

/* An answer of several lines is the first of these that any of them is. */
static enum histogram report_class(const struct dyndns_answer *answer)
{
	bool good = false, nochg = false;
	size_t i;

	for (i = 0; i < answer->n_lines; i++) {
		const enum dyndns_code code = answer->lines[i].code;

		if (code == DYNDNS_911 || code == DYNDNS_DNSERR_LATER)
			return HISTOGRAM_UPDATE_TROUBLE;
		good |= code == DYNDNS_GOOD;
		nochg |= code == DYNDNS_NOCHG;
	}
	if (good)
		return HISTOGRAM_UPDATE_GOOD;
	return nochg ? HISTOGRAM_UPDATE_NOCHG : HISTOGRAM_UPDATE_REFUSED;
}

static struct log_field report_prefix(const struct plan_summary *s, char text[PREFIX_TEXT_MAX])
{
	return log_str("prefix",
		       s->prefix.len != 0 ? pseudonym_prefix_format(&s->prefix, text) : NULL);
}

static struct log_field report_renumbered(const struct plan_summary *s)
{
	return s->n_renumbered > 0 ? log_uint("renumbered", s->n_renumbered)
				   : log_str("renumbered", NULL);
}

static bool report_is_failure(const struct dyndns_answer *answer, const struct report_about *about)
{
	return answer->lines[0].code == DYNDNS_BADAUTH || about->braked != NULL;
}

void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct plan_summary *summary, const struct dyndns_answer *answer,
		   const struct report_about *about)
{
	struct buf hosts, verdicts, addrs, unused;
	char prefix[PREFIX_TEXT_MAX];
	size_t i;

	report_count(answer);
	histogram_add(report_class(answer), about->now_ms - about->arrived_ms);
	if (report_is_failure(answer, about) &&
	    !line_limit_take(about->failures, &r->peer, about->now_ms))
		return;
	buf_init(&hosts, HOSTS_TEXT_MAX);
	buf_init(&verdicts, VERDICTS_TEXT_MAX);
	buf_init(&addrs, ADDRS_TEXT_MAX);
	report_hosts(&hosts, &r->query, only_host);
	buf_init(&unused, ADDRS_TEXT_MAX);
	report_addrs(&addrs, r);
	report_pair(&unused, &summary->left_out);
	for (i = 0; i < answer->n_lines; i++)
		report_add(&verdicts, dyndns_word(answer->lines[i].code));
	log_event(LOG_LEVEL_INFO, "update",
		  LOG_FIELDS(log_uint("id", r->id), LOG_ADDR("client", &r->peer),
			     log_str("verdict", buf_str(&verdicts)),
			     log_str("braked", about->braked), LOG_USER(r->credentials.user),
			     log_str("host", hosts.data), log_str("myip", addrs.data),
			     log_str("left-out", unused.data), report_prefix(summary, prefix),
			     report_renumbered(summary), log_slice("agent", r->agent),
			     log_int("ms", about->now_ms - about->arrived_ms)));
	buf_fini(&hosts);
	buf_fini(&verdicts);
	buf_fini(&addrs);
	buf_fini(&unused);
}

static void report_note(const struct engine_request *r, const char *user, enum plan_note note,
			const char *host)
{
	static const char *const text[] = {
		[PLAN_NOTE_NO_ZONE] = "a host of the account lies in no configured zone",
		[PLAN_NOTE_BAD_ADDRESS] = "the address cannot be read",
		[PLAN_NOTE_NO_SENDER] =
			"no address is given, and the proxy does not name the sender's",
		[PLAN_NOTE_SPECIAL_ADDRESS] = "the zone takes none of the addresses",
		[PLAN_NOTE_LAN_NO_ZONE] =
			"a host with an interface id lies in no configured zone, and keeps its "
			"address",
		[PLAN_NOTE_LAN_SPECIAL] = "the zone of a host with an interface id does not take "
					  "its address, and it keeps the one that it has",
		[PLAN_NOTE_LAN_NO_FIT] =
			"the interface id of a host reaches into the prefix, and it "
			"keeps its address",
	};

	log_event(LOG_LEVEL_WARN, text[note],
		  LOG_FIELDS(log_uint("id", r->id), LOG_USER(user), log_str("host", host)));
}

void report_notes(const struct engine_request *r, const char *user, const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->n_lines && plan->lines[i].note == PLAN_NOTE_NONE)
		i++;
	if (i < plan->n_lines)
		report_note(r, user, plan->lines[i].note, NULL);
	if (plan->note != PLAN_NOTE_NONE)
		report_note(r, user, plan->note, plan->noted.text);
}

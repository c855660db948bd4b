/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/zone_read.h"

#include <string.h>

#include "aws/route53_list.h"
#include "aws/route53_zone.h"
#include "base/clock.h"
#include "conf/conf.h"

/* A zone holds 10,000 record sets unless its quota was raised. */
enum { PAGES_MAX = 1000 };

unsigned zone_read_set_rate(struct session *s, unsigned requests_per_second)
{
	const struct conf *conf = s->conf;
	struct pace_limits limits = {.request_burst = 1};
	uint64_t changes, burst;

	if (requests_per_second == 0)
		requests_per_second = (conf->route53_requests_per_second + 1) / 2;
	changes = (uint64_t)conf->route53_changes_per_second * requests_per_second /
		  conf->route53_requests_per_second;
	burst = (uint64_t)conf->route53_changes_per_second * CONF_ROUTE53_CHANGE_BURST_S *
		requests_per_second / conf->route53_requests_per_second;
	limits.requests_per_second = requests_per_second;
	limits.changes_per_second = changes > 0 ? (uint32_t)changes : 1;
	limits.change_burst = burst > 1 ? (uint32_t)burst : 2;
	pace_init(&s->backends.pace, &limits, clock_mono_ms());
	return requests_per_second;
}

void zone_read_turn(struct session *s, uint32_t tokens)
{
	struct pace *pace = &s->backends.pace;
	struct pace_ticket ticket = {.is_held = false};
	uint32_t ms;

	pace_reserve(pace, tokens, clock_mono_ms(), &ticket);
	while ((ms = pace_wait_ms(pace, &ticket, clock_mono_ms())) > 0)
		session_sleep(s, ms);
	pace_spend(pace, &ticket, tokens, clock_mono_ms());
}

struct page {
	bool done;
	int err;
	bool is_last;
	struct aws_route53_place next;
	struct errinfo why;
	aws_route53_set_fn *each;
	void *arg;
	size_t n;
};

static void on_zone_read_set(void *arg, const struct aws_route53_set *set)
{
	struct page *p = arg;

	p->n++;
	p->each(p->arg, set);
}

static void on_zone_read_page(void *arg, int err, const struct aws_route53_place *next,
			      const struct aws_error *error)
{
	struct page *p = arg;

	p->done = true;
	p->err = err;
	p->is_last = next == NULL;
	if (next != NULL)
		p->next = *next;
	if (error != NULL)
		p->why = error->why;
}

static int read_once(struct session *s, const struct backend_zone *zone,
		     const struct aws_route53_place *from, unsigned max_sets, struct page *p)
{
	zone_read_turn(s, 0);
	p->done = false;
	p->n = 0;
	p->err = zone->hosted->list_page(zone->route53, zone->conf->hosted_zone_id, from, max_sets,
					 on_zone_read_set, on_zone_read_page, p);
	if (p->err == 0)
		session_run(s, &p->done);
	else
		err_set(&p->why, p->err, "%s", err_str(p->err));
	if (p->err == ERR_THROTTLED)
		pace_throttled(&s->backends.pace, clock_mono_ms());
	return p->err;
}

static int read_page(struct session *s, const struct backend_zone *zone,
		     const struct aws_route53_place *from, unsigned max_sets, struct page *p,
		     struct errinfo *ei)
{
	unsigned n = 0;

	while (read_once(s, zone, from, max_sets, p) == ERR_THROTTLED && ++n < ZONE_THROTTLES_MAX)
		err_reset(&p->why);
	return p->err == 0 ? 0 : err_set(ei, p->err, "%s", p->why.text);
}

int zone_read_all(struct session *s, const struct backend_zone *zone, aws_route53_set_fn *each,
		  void *arg, struct progress *progress, struct errinfo *ei)
{
	struct page p = {.each = each, .arg = arg};
	struct aws_route53_place from = {.name = ""};
	unsigned n;

	for (n = 0; n < PAGES_MAX; n++) {
		int err = read_page(s, zone, &from, AWS_ROUTE53_PAGE_SETS, &p, ei);

		if (err != 0)
			return err;
		if (progress != NULL)
			progress_add(progress, p.n);
		if (p.is_last)
			return 0;
		from = p.next;
	}
	return err_set(ei, ERR_PROTOCOL,
		       "Route 53 ListResourceRecordSets: the zone has too many "
		       "pages");
}

int zone_read_one(struct session *s, const struct backend_zone *zone, const struct fqdn *name,
		  const char *type, aws_route53_set_fn *each, void *arg, struct errinfo *ei)
{
	struct page p = {.each = each, .arg = arg};
	struct aws_route53_place from = {.name = ""};

	str_copy(from.name, sizeof(from.name), slice_of(name->text));
	str_copy(from.type, sizeof(from.type), slice_of(type));
	return read_page(s, zone, &from, 1, &p, ei);
}

struct count {
	bool done;
	size_t n;
};

static void on_zone(void *arg, int err, const struct aws_route53_zone *zone,
		    const struct aws_error *error)
{
	struct count *c = arg;

	(void)error;
	c->done = true;
	c->n = err == 0 ? zone->n_sets : 0;
}

size_t zone_read_count(struct session *s, const struct backend_zone *zone)
{
	struct count c = {.done = false};

	zone_read_turn(s, 0);
	if (zone->hosted->get_zone(zone->route53, zone->conf->hosted_zone_id, on_zone, &c) == 0)
		session_run(s, &c.done);
	return c.n;
}

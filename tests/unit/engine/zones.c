/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/zones.h"

#include <check.h>
#include <stdio.h>

#include "base/err.h"
#include "dns/dns.h"
#include "engine/publish.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { ZONES = 3, TTL = 300 };

/* In the place of engine/publish.c. */
struct publish {
	struct dns *dns;
	bool is_open, is_flying, is_stopped;
	size_t queued;
	int64_t oldest_ms;
	bool is_barred;
	uint64_t batches;
};

/* A backend that notes what it is asked. */
struct backend {
	struct dns dns;
	struct dns_ops ops;
};

static struct publish queues[ZONES];
static size_t n_queues;
static size_t fails_at; /* the n-th queue cannot be opened; 0: all can */
static struct backend backends[ZONES];
static struct zones *zones;
static char said[256];

static void note(const char *what, const struct dns *d)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s%s%d", len > 0 ? " " : "", what,
		 (int)((const struct backend *)d - backends));
}

static void expect_said(const char *text)
{
	ck_assert_str_eq(said, text);
	said[0] = '\0';
}

int publish_new(struct uv_loop_s *loop, struct dns *dns, const struct fqdn *name,
		const struct publish_events *events, void *arg, struct publish **ret)
{
	char text[FQDN_TEXT_MAX + 1];

	ck_assert(loop == NULL && events == NULL && arg == said);
	snprintf(text, sizeof(text), "z%zu.example.com", n_queues);
	ck_assert_str_eq(name->text, text);
	if (n_queues + 1 == fails_at)
		return ERR_NOMEM;
	queues[n_queues] = (struct publish){.dns = dns, .is_open = true};
	*ret = &queues[n_queues++];
	return 0;
}

void publish_stop(struct publish *p)
{
	p->is_stopped = true;
}

void publish_close(struct publish *p)
{
	if (p == NULL)
		return;
	ck_assert(p->is_open);
	p->is_open = false;
}

size_t publish_queued(const struct publish *p)
{
	return p->queued;
}

int64_t publish_oldest_ms(const struct publish *p, int64_t now_ms)
{
	return p->oldest_ms > 0 ? now_ms - p->oldest_ms : 0;
}

bool publish_is_barred(const struct publish *p)
{
	return p->is_barred;
}

uint64_t publish_batches(const struct publish *p)
{
	return p->batches;
}

bool publish_is_flying(const struct publish *p)
{
	ck_assert(p->is_open);
	return p->is_flying;
}

static void fake_begin(struct dns *d)
{
	note("begin", d);
}

static int fake_keep(struct dns *d, const struct fqdn *name, const struct addr_pair *addrs,
		     uint32_t ttl)
{
	ck_assert_str_eq(name->text, "home.example.com");
	ck_assert(addr_is_set(&addrs->v4) || addr_is_set(&addrs->v6));
	note("keep", d);
	return ttl == TTL ? 0 : ERR_NOMEM;
}

static void fake_end(struct dns *d, bool complete)
{
	note(complete ? "complete" : "end", d);
}

/* n zones; those that are volatile as bits. */
static void open_zones(size_t n, unsigned volatiles)
{
	struct engine_zone conf[ZONES];
	size_t i;

	memset(conf, 0, sizeof(conf));
	for (i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "z%zu.example.com", i);
		conf[i].name = value_name(name);
		conf[i].ttl = (uint32_t)(TTL + i);
		conf[i].dns = &backends[i].dns;
		backends[i].dns.ops = &backends[i].ops;
		backends[i].ops.is_volatile = (volatiles & 1u << i) != 0;
		if (!backends[i].ops.is_volatile)
			continue;
		backends[i].ops.reconcile_begin = fake_begin;
		backends[i].ops.reconcile_keep = fake_keep;
		backends[i].ops.reconcile_end = fake_end;
	}
	n_queues = 0;
	fails_at = 0;
	said[0] = '\0';
	ck_assert_int_eq(zones_new(conf, n, &zones), 0);
	/* Its copy does not mind what becomes of them. */
	memset(conf, 0, sizeof(conf));
}

START_TEST(each_zone_has_what_is_configured_and_its_queue)
{
	size_t n, i;

	for (n = 0; n <= ZONES; n++) {
		open_zones(n, 2);
		ck_assert_int_eq(zones_open(zones, NULL, NULL, said), 0);
		ck_assert_uint_eq(zones_count(zones), n);
		for (i = 0; i < n; i++) {
			ck_assert_uint_eq(zones_all(zones)[i].ttl, TTL + i);
			ck_assert_ptr_eq(zones_queue(zones, i), &queues[i]);
			ck_assert_ptr_eq(zones_handles(zones)[i].conf, &zones_all(zones)[i]);
			ck_assert_ptr_eq(zones_handles(zones)[i].queue, &queues[i]);
			ck_assert(zones_handles(zones)[i].is_volatile == (i == 1));
			ck_assert_ptr_eq(queues[i].dns, &backends[i].dns);
		}
		zones_stop(zones);
		for (i = 0; i < n; i++)
			ck_assert(queues[i].is_stopped && queues[i].is_open);
		zones_close(zones);
		for (i = 0; i < n; i++)
			ck_assert(!queues[i].is_open);
		/* Once is enough. */
		zones_close(zones);
		zones_free(zones);
	}
	zones_close(NULL);
	zones_free(NULL);
}
END_TEST

START_TEST(when_one_queue_cannot_be_opened_none_is)
{
	size_t n, i;

	for (n = 1; n <= ZONES; n++) {
		open_zones(ZONES, 0);
		fails_at = n;
		ck_assert_int_eq(zones_open(zones, NULL, NULL, said), ERR_NOMEM);
		ck_assert_uint_eq(n_queues, n - 1);
		for (i = 0; i < n_queues; i++)
			ck_assert(!queues[i].is_open);
		/* Nothing is left to be closed. */
		zones_close(zones);
		zones_free(zones);
	}
}
END_TEST

START_TEST(one_zone_is_enough_to_be_flying)
{
	unsigned which;
	size_t i;

	for (which = 0; which < 1u << ZONES; which++) {
		open_zones(ZONES, 0);
		ck_assert_int_eq(zones_open(zones, NULL, NULL, said), 0);
		for (i = 0; i < ZONES; i++)
			queues[i].is_flying = (which & 1u << i) != 0;
		ck_assert_msg(zones_are_flying(zones) == (which != 0), "%u", which);
		zones_close(zones);
		zones_free(zones);
	}
}
END_TEST

START_TEST(what_waits_is_summed_over_all_queues)
{
	static const struct publish at[ZONES] = {
		{.queued = 3, .oldest_ms = 800, .batches = 5},
		{.queued = 4, .oldest_ms = 600, .is_barred = true, .batches = 7},
		{.is_barred = true},
	};
	struct zones_sum sum;
	size_t i;

	open_zones(ZONES, 0);
	ck_assert_int_eq(zones_open(zones, NULL, NULL, said), 0);
	for (i = 0; i < ZONES; i++) {
		queues[i].queued = at[i].queued;
		queues[i].oldest_ms = at[i].oldest_ms;
		queues[i].is_barred = at[i].is_barred;
		queues[i].batches = at[i].batches;
	}
	zones_sum(zones, 1000, &sum);
	ck_assert_uint_eq(sum.queued, 7);
	ck_assert_int_eq(sum.oldest_ms, 400);
	ck_assert_uint_eq(sum.barred, 2);
	ck_assert_uint_eq(sum.batches, 12);
	zones_close(zones);
	zones_free(zones);
}
END_TEST

START_TEST(one_zone_is_enough_to_have_volatile_ones)
{
	unsigned which;
	size_t i;

	for (which = 0; which < 1u << ZONES; which++) {
		open_zones(ZONES, which);
		for (i = 0; i < ZONES; i++)
			ck_assert(zones_is_volatile(zones, i) == ((which & 1u << i) != 0));
		ck_assert_msg(zones_have_volatile(zones) == (which != 0), "%u", which);
		zones_free(zones);
	}
}
END_TEST

START_TEST(only_volatile_zones_are_reconciled)
{
	static const struct {
		unsigned volatiles;
		const char *begun, *complete, *ended;
	} rows[] = {
		{0, "", "", ""},
		{1, "begin0", "complete0", "end0"},
		{4, "begin2", "complete2", "end2"},
		{5, "begin0 begin2", "complete0 complete2", "end0 end2"},
		{7, "begin0 begin1 begin2", "complete0 complete1 complete2", "end0 end1 end2"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_zones(ZONES, rows[i].volatiles);
		zones_reconcile_begin(zones);
		expect_said(rows[i].begun);
		zones_reconcile_end(zones, true);
		expect_said(rows[i].complete);
		zones_reconcile_begin(zones);
		said[0] = '\0';
		zones_reconcile_end(zones, false);
		expect_said(rows[i].ended);
		zones_free(zones);
	}
}
END_TEST

START_TEST(a_name_with_an_address_is_kept_in_its_volatile_zone)
{
	static const struct {
		size_t zone;
		const char *v4, *v6;
		uint32_t ttl;
		int err;
		const char *said;
	} rows[] = {
		{0, "81.2.69.1", NULL, TTL, 0, "keep0"},
		{2, NULL, "2a02::1", TTL, 0, "keep2"},
		{2, "81.2.69.1", "2a02::1", TTL, 0, "keep2"},
		{2, NULL, NULL, TTL, 0, ""},
		{1, "81.2.69.1", NULL, TTL, 0, ""},
		{0, "81.2.69.1", NULL, TTL + 1, ERR_NOMEM, "keep0"},
	};
	struct fqdn name = value_name("home.example.com");
	size_t i;

	open_zones(ZONES, 5);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct addr_pair want = value_pair(rows[i].v4, rows[i].v6);

		ck_assert_msg(zones_reconcile_keep(zones, rows[i].zone, &name, &want,
						   rows[i].ttl) == rows[i].err,
			      "row %zu", i);
		expect_said(rows[i].said);
	}
	zones_free(zones);
}
END_TEST

START_TEST(without_memory_there_are_none)
{
	const struct engine_zone conf = {.ttl = TTL};
	struct zones *none = NULL;
	size_t n;
	int err;

	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = zones_new(&conf, 1, &none);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(none);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(n, 4);
	zones_free(none);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_zone_has_what_is_configured_and_its_queue,
		when_one_queue_cannot_be_opened_none_is,
		one_zone_is_enough_to_be_flying,
		what_waits_is_summed_over_all_queues,
		one_zone_is_enough_to_have_volatile_ones,
		only_volatile_zones_are_reconciled,
		a_name_with_an_address_is_kept_in_its_volatile_zone,
		without_memory_there_are_none,
	};

	return unit_run("zones", tests, N_ELEMENTS(tests));
}

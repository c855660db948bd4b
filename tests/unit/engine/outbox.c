/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/outbox.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/histogram.h"
#include "dns/dns.h"
#include "engine/publish_host.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { HOSTS = 8, NOW_MS = 1000, ALL = 100 };

static struct outbox outbox;
static struct publish_host hosts[HOSTS];
static char told[HOSTS + 1]; /* who was told to be stale */

static void on_stale(void *arg, struct publish_host *h)
{
	ck_assert_ptr_eq(arg, &outbox);
	told[strlen(told)] = (char)('0' + (h - hosts));
}

static void open_outbox(void)
{
	char name[48];
	size_t i;

	memset(hosts, 0, sizeof(hosts));
	memset(told, 0, sizeof(told));
	for (i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "h%zu.dyn.example.com", i);
		hosts[i].name = value_name(name);
		hosts[i].hash = 7; /* the same for all */
		hosts[i].want = value_pair("81.2.69.1", "2a02::1");
		hosts[i].seq = 10 + i;
	}
	memset(&outbox, 0, sizeof(outbox));
	ck_assert_int_eq(outbox_init(&outbox, ALL, on_stale, &outbox), 0);
}

static void close_outbox(void)
{
	outbox_fini(&outbox);
}

static void add(size_t i, unsigned families)
{
	outbox_add(&outbox, &hosts[i], families, 0, NOW_MS);
}

static void add_repeat(size_t i, unsigned families)
{
	hosts[i].repeats = true;
	add(i, families);
}

static size_t take(size_t len)
{
	return outbox_take(&outbox, len, ALL, NOW_MS);
}

/* The batch's ranges, the next one first: "12|4". */
static const char *ranges(void)
{
	static char text[64];
	size_t i, k, n = 0;

	for (i = outbox.n_ranges; i-- > 0;) {
		const struct outbox_range *r = &outbox.ranges[i];

		for (k = 0; k < r->len; k++)
			text[n++] = (char)('0' + (outbox.changes[r->start + k].host - hosts));
		if (i > 0)
			text[n++] = '|';
	}
	text[n] = '\0';
	return text;
}

/* The hosts of a list by their index. */
static const char *order_of(const struct outbox_hosts *list)
{
	static char text[HOSTS + 1];
	const struct publish_host *h;
	size_t n = 0;

	TAILQ_FOREACH(h, list, link)
		text[n++] = (char)('0' + (h - hosts));
	text[n] = '\0';
	return text;
}

START_TEST(hosts_wait_in_the_order_in_which_they_came)
{
	open_outbox();
	ck_assert(outbox_is_empty(&outbox));
	add(2, FAMILY_V4);
	add(0, FAMILY_BOTH);
	ck_assert_str_eq(order_of(&outbox.queue), "20");
	ck_assert_uint_eq(outbox_count(&outbox), 3);
	/* One that has more to be sent keeps its place. */
	add(2, FAMILY_V6);
	ck_assert_str_eq(order_of(&outbox.queue), "20");
	ck_assert_uint_eq(outbox_count(&outbox), 4);
	outbox_drop(&outbox, &hosts[2], NOW_MS);
	ck_assert_str_eq(order_of(&outbox.queue), "0");
	ck_assert_uint_eq(outbox_count(&outbox), 2);
	ck_assert(!hosts[2].is_queued && hosts[0].is_queued && !outbox_is_empty(&outbox));
	close_outbox();
}
END_TEST

START_TEST(what_is_braked_does_not_wait_and_is_refused)
{
	open_outbox();
	hosts[0].refused = FAMILY_V4;
	outbox_add(&outbox, &hosts[0], FAMILY_BOTH, FAMILY_V6, NOW_MS);
	ck_assert_uint_eq(hosts[0].dirty, FAMILY_V4);
	ck_assert_uint_eq(hosts[0].refused, FAMILY_V6);
	outbox_add(&outbox, &hosts[0], FAMILY_V4, FAMILY_V4, NOW_MS);
	ck_assert_uint_eq(hosts[0].dirty, 0);
	ck_assert_uint_eq(hosts[0].refused, FAMILY_BOTH);
	ck_assert(outbox_is_empty(&outbox) && !hosts[0].is_queued && !hosts[0].is_listed);
	close_outbox();
}
END_TEST

START_TEST(what_repeats_waits_in_a_list_of_its_own)
{
	open_outbox();
	add_repeat(0, FAMILY_V4);
	add(1, FAMILY_V4);
	ck_assert_str_eq(order_of(&outbox.later), "0");
	ck_assert_uint_eq(outbox.n_later, 1);
	/* It is a change now, and goes behind those that are. */
	hosts[0].repeats = false;
	add(0, FAMILY_V4);
	ck_assert_str_eq(order_of(&outbox.queue), "10");
	ck_assert_uint_eq(outbox.n_later, 0);
	ck_assert_uint_eq(outbox_count(&outbox), 2);
	close_outbox();
}
END_TEST

START_TEST(the_one_that_is_busy_longest_is_known)
{
	open_outbox();
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 1000), 0);
	outbox_add(&outbox, &hosts[0], FAMILY_V4, 0, 1000);
	outbox_add(&outbox, &hosts[1], FAMILY_V4, 0, 1500);
	/* Still busy: since then. */
	ck_assert_uint_eq(outbox_take(&outbox, 1, ALL, 1600), 1);
	outbox_add(&outbox, &hosts[0], FAMILY_V6, 0, 1700);
	outbox_land(&outbox, true, 1800);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 1000);
	outbox_drop(&outbox, &hosts[0], 1900);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 500);
	ck_assert_uint_eq(outbox_take(&outbox, 1, ALL, 1900), 1);
	outbox_land(&outbox, false, 1900);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 0);
	close_outbox();
}
END_TEST

START_TEST(a_batch_takes_changes_and_then_what_repeats)
{
	static const struct {
		size_t len, spare;
		const char *ranges;
	} rows[] = {
		{ALL, ALL, "22413"}, {ALL, 4, "2241"}, {ALL, 3, "224"}, {ALL, 0, "224"},
		{4, ALL, "2241"},    {2, ALL, "22"},   {1, ALL, "2"},
	};
	size_t i, len;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_outbox();
		add_repeat(1, FAMILY_V4);
		add(2, FAMILY_BOTH);
		add_repeat(3, FAMILY_V4);
		add(4, FAMILY_V6);
		len = outbox_take(&outbox, rows[i].len, rows[i].spare, NOW_MS);
		ck_assert_msg(strcmp(ranges(), rows[i].ranges) == 0, "row %zu: %s", i, ranges());
		ck_assert_uint_eq(len, strlen(rows[i].ranges));
		ck_assert_uint_eq(outbox.n_waiting, 5 - len);
		ck_assert_uint_eq(hosts[2].flying, len == 1 ? FAMILY_V4 : FAMILY_BOTH);
		ck_assert_uint_eq(hosts[2].dirty, len == 1 ? FAMILY_V6 : 0);
		ck_assert_uint_eq(outbox_count(&outbox), 5);
		close_outbox();
	}
}
END_TEST

START_TEST(of_nothing_nothing_is_taken)
{
	open_outbox();
	ck_assert_uint_eq(take(ALL), 0);
	ck_assert_uint_eq(outbox.n_ranges, 0);
	add_repeat(0, FAMILY_V4);
	ck_assert_uint_eq(outbox_take(&outbox, ALL, 0, NOW_MS), 0);
	close_outbox();
}
END_TEST

START_TEST(two_hosts_of_one_name_never_share_a_batch)
{
	open_outbox();
	hosts[1].name = hosts[0].name;
	add(0, FAMILY_V4);
	add(1, FAMILY_V4);
	add(2, FAMILY_V4);
	take(ALL);
	ck_assert_str_eq(ranges(), "02");
	outbox_land(&outbox, true, NOW_MS);
	take(ALL);
	ck_assert_str_eq(ranges(), "1");
	close_outbox();
}
END_TEST

START_TEST(what_is_sent_is_what_is_wanted_by_then)
{
	open_outbox();
	hosts[1].remove = FAMILY_V6;
	hosts[1].ttl = 60;
	add(0, FAMILY_V4);
	add(1, FAMILY_V6);
	ck_assert_uint_eq(take(ALL), 2);
	ck_assert_int_eq(outbox.sent[1].action, DNS_DELETE);
	ck_assert_uint_eq(outbox.sent[1].ttl, 60);
	hosts[0].want = value_pair("81.2.69.2", NULL);
	hosts[0].seq = 20;
	add(0, FAMILY_BOTH);
	ck_assert_uint_eq(take(ALL), 2);
	/* What became dirty since goes along, but for what has no place in the range. */
	ck_assert_uint_eq(hosts[0].dirty, FAMILY_V6);
	ck_assert_uint_eq(outbox.changes[0].seq, 20);
	ck_assert_int_eq(outbox.sent[0].action, DNS_UPSERT);
	ck_assert(fqdn_equal(&outbox.sent[0].name, &hosts[0].name));
	ck_assert(addr_equal(&outbox.sent[0].addr, &hosts[0].want.v4));
	close_outbox();
}
END_TEST

/* The first half goes first. */
START_TEST(a_range_is_halved_until_it_fits)
{
	static const struct {
		size_t hosts, len, lens[5];
	} rows[] = {
		{7, 8, {8}}, {7, 4, {4, 4}}, {7, 3, {2, 2, 4}}, {6, 4, {3, 4}}, {3, 1, {1, 1, 2}},
	};
	size_t i, k, n, start;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_outbox();
		for (k = 0; k < rows[i].hosts; k++)
			add(k, k == 0 ? FAMILY_BOTH : FAMILY_V4);
		ck_assert_uint_eq(take(ALL), rows[i].hosts + 1);
		ck_assert_uint_eq(take(rows[i].len), rows[i].lens[0]);
		n = outbox.n_ranges;
		for (k = start = 0; outbox.n_ranges > 0; k++) {
			const struct outbox_range r = outbox_land(&outbox, true, NOW_MS);

			ck_assert_msg(r.start == start && r.len == rows[i].lens[k],
				      "row %zu, range %zu: %zu", i, k, r.len);
			start += r.len;
		}
		ck_assert_uint_eq(k, n);
		ck_assert_uint_eq(start, rows[i].hosts + 1);
		close_outbox();
	}
}
END_TEST

START_TEST(what_was_refused_is_halved_until_it_is_one)
{
	open_outbox();
	add(0, FAMILY_V4);
	add(1, FAMILY_V4);
	add(2, FAMILY_V4);
	take(ALL);
	ck_assert(outbox_split(&outbox));
	ck_assert_str_eq(ranges(), "0|12");
	ck_assert(!outbox_split(&outbox));
	ck_assert_str_eq(ranges(), "0|12");
	close_outbox();
}
END_TEST

START_TEST(what_became_of_a_range_is_marked)
{
	open_outbox();
	add(0, FAMILY_BOTH);
	add(1, FAMILY_V4);
	add(2, FAMILY_V4);
	take(ALL);
	hosts[1].life++;
	hosts[2].seq = 30;
	outbox_land(&outbox, true, NOW_MS);
	ck_assert_uint_eq(hosts[0].accepted[0], 10);
	ck_assert_uint_eq(hosts[0].accepted[1], 10);
	ck_assert_uint_eq(hosts[1].accepted[0], 0);
	ck_assert_uint_eq(hosts[2].accepted[0], 12); /* as it was sent */
	ck_assert_uint_eq(hosts[0].flying | hosts[0].refused, 0);
	/* What comes back late does not lower it; what a newer change follows is not refused. */
	hosts[0].accepted[0] = 99;
	add(0, FAMILY_V4);
	add(1, FAMILY_V4);
	add(2, FAMILY_V4);
	take(1);
	outbox_land(&outbox, true, NOW_MS);
	ck_assert_uint_eq(hosts[0].accepted[0], 99);
	take(ALL);
	add(1, FAMILY_V4);
	outbox_land(&outbox, false, NOW_MS);
	ck_assert_uint_eq(hosts[1].refused, 0);
	ck_assert_uint_eq(hosts[2].refused, FAMILY_V4);
	ck_assert(publish_is_busy(&hosts[1]) && !publish_is_busy(&hosts[2]));
	close_outbox();
}
END_TEST

/* How many publications were counted since the last call, and how long they took. */
static struct histogram_total published(void)
{
	static struct histogram_total seen;
	const struct histogram_total was = seen;

	seen = histogram_total(HISTOGRAM_PUBLICATION);
	return (struct histogram_total){seen.n - was.n, seen.ms - was.ms};
}

static void check_published(int64_t n, int64_t ms)
{
	const struct histogram_total now = published();

	ck_assert_int_eq(now.n, n);
	ck_assert_int_eq(now.ms, ms);
}

START_TEST(a_host_is_timed_until_all_of_it_is_accepted)
{
	published();
	open_outbox();
	add(0, FAMILY_BOTH);
	add(1, FAMILY_V4);
	take(ALL);
	outbox_land(&outbox, true, NOW_MS + 40);
	check_published(2, 80);
	/* In two batches: when the second one lands. */
	hosts[0].seq = 20;
	add(0, FAMILY_BOTH);
	take(1);
	outbox_land(&outbox, true, NOW_MS + 100);
	check_published(0, 0);
	take(1);
	outbox_land(&outbox, true, NOW_MS + 300);
	check_published(1, 300);
	close_outbox();
}
END_TEST

START_TEST(what_is_no_news_or_was_not_accepted_is_not_timed)
{
	published();
	open_outbox();
	add(0, FAMILY_V4);
	add_repeat(1, FAMILY_V4);
	add(2, FAMILY_V4);
	add(3, FAMILY_V4);
	take(ALL);
	hosts[2].life++;
	hosts[3].seq = 30; /* of a newer intent, which is not sent yet */
	add(3, FAMILY_V4);
	outbox_land(&outbox, true, NOW_MS + 10);
	check_published(1, 10);
	/* The name lagged behind since the first of the two. */
	add(0, FAMILY_V4);
	take(ALL);
	outbox_land(&outbox, true, NOW_MS + 25);
	check_published(1, 25);
	hosts[0].seq = 40;
	add(0, FAMILY_V4);
	take(ALL);
	outbox_land(&outbox, false, NOW_MS + 50);
	check_published(0, 0);
	close_outbox();
}
END_TEST

/* DOUBT_OWN: what was sent for an earlier seq or life may still land. */
START_TEST(what_is_lost_is_noted_for_the_range_that_was_sent)
{
	open_outbox();
	add(0, FAMILY_BOTH);
	add(1, FAMILY_V4);
	add(2, FAMILY_V4);
	add(3, FAMILY_V4);
	take(ALL);
	take(3);
	outbox_note_lost(&outbox, 5000);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_PRESENT);
	ck_assert_int_eq(hosts[0].lost_ms, 5000);
	ck_assert_int_eq(hosts[2].lost, PUBLISH_LOST_NONE);
	hosts[0].seq = 20;
	outbox_note_lost(&outbox, 6000);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_OLDER);
	ck_assert_int_eq(hosts[0].lost_ms, 6000);
	take(3);
	outbox_note_lost(&outbox, 7000);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_OLDER);
	hosts[0].lost = PUBLISH_LOST_NONE;
	hosts[0].life++;
	outbox_note_lost(&outbox, 8000);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_OLDER);
	close_outbox();
}
END_TEST

START_TEST(what_repeats_goes_back_and_the_rest_stays)
{
	open_outbox();
	add(0, FAMILY_V4);
	add_repeat(1, FAMILY_BOTH);
	add_repeat(2, FAMILY_V4);
	take(ALL);
	take(2);
	ck_assert_str_eq(ranges(), "01|12");
	outbox_put_repeats_back(&outbox);
	ck_assert_str_eq(ranges(), "0");
	ck_assert_uint_eq(hosts[1].dirty, FAMILY_BOTH);
	ck_assert_uint_eq(hosts[1].flying | hosts[2].flying, 0);
	ck_assert_uint_eq(outbox.n_later, 2);
	close_outbox();
	/* As they were when they were taken, whatever they are by now. */
	open_outbox();
	add(0, FAMILY_V4);
	add_repeat(1, FAMILY_V4);
	take(ALL);
	hosts[0].repeats = true;
	hosts[1].repeats = false;
	outbox_put_repeats_back(&outbox);
	ck_assert_str_eq(ranges(), "0");
	ck_assert_str_eq(order_of(&outbox.queue), "1");
	close_outbox();
}
END_TEST

START_TEST(what_is_stale_is_told_once_and_set_aside)
{
	open_outbox();
	add(0, FAMILY_V4);
	add(1, FAMILY_BOTH);
	add_repeat(2, FAMILY_V4);
	hosts[1].renew_ms = NOW_MS;
	hosts[0].renew_ms = NOW_MS + 1;
	take(ALL);
	ck_assert_str_eq(ranges(), "02");
	ck_assert_str_eq(told, "1");
	ck_assert(hosts[1].is_stale && hosts[1].dirty == FAMILY_BOTH);
	/* And from the batch, once it has waited. */
	ck_assert(!outbox_drop_stale(&outbox, NOW_MS));
	ck_assert(!outbox_drop_stale(&outbox, NOW_MS + 1));
	ck_assert_str_eq(ranges(), "2");
	ck_assert_str_eq(told, "10");
	ck_assert(hosts[0].is_stale && hosts[0].dirty == FAMILY_V4 && hosts[0].flying == 0);
	hosts[2].renew_ms = NOW_MS;
	ck_assert(outbox_drop_stale(&outbox, NOW_MS + 1));
	ck_assert_uint_eq(outbox.n_ranges, 0);
	/* Who is no longer wanted waits for nothing. */
	outbox_drop(&outbox, &hosts[1], NOW_MS);
	ck_assert(!hosts[1].is_stale && !publish_is_busy(&hosts[1]));
	/* What is wanted anew is not stale. */
	hosts[0].renew_ms = 0;
	add(0, FAMILY_V4);
	ck_assert(!hosts[0].is_stale && hosts[0].is_queued);
	close_outbox();
}
END_TEST

START_TEST(what_became_stale_is_not_sent_a_second_time)
{
	open_outbox();
	add(0, FAMILY_V4);
	add(1, FAMILY_V4);
	hosts[1].renew_ms = NOW_MS + 5;
	ck_assert_uint_eq(take(ALL), 2);
	ck_assert_uint_eq(outbox_take(&outbox, ALL, ALL, NOW_MS + 5), 1);
	ck_assert_str_eq(ranges(), "0");
	ck_assert_str_eq(told, "1");
	close_outbox();
}
END_TEST

START_TEST(a_stale_host_waits_in_no_list_and_is_then_the_first)
{
	open_outbox();
	add(0, FAMILY_V4);
	add(1, FAMILY_BOTH);
	hosts[1].renew_ms = NOW_MS;
	take(1);
	hosts[1].renew_ms = NOW_MS - 1;
	take(1);
	outbox_land(&outbox, true, NOW_MS);
	ck_assert_uint_eq(take(1), 0);
	ck_assert_str_eq(told, "1");
	ck_assert(!hosts[1].is_queued && !outbox_is_empty(&outbox));
	hosts[1].renew_ms = NOW_MS + 1;
	add(0, FAMILY_V4);
	outbox_put_first(&outbox, &hosts[1]);
	ck_assert_str_eq(order_of(&outbox.queue), "10");
	ck_assert(!hosts[1].is_stale && hosts[1].is_queued);
	ck_assert_uint_eq(outbox_count(&outbox), 3);
	close_outbox();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct outbox none;
	size_t n;

	for (n = 1; n <= 2; n++) {
		int err;

		fake_malloc_fail_at(n);
		err = outbox_init(&none, ALL, on_stale, &none);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		outbox_fini(&none);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hosts_wait_in_the_order_in_which_they_came,
		what_is_braked_does_not_wait_and_is_refused,
		what_repeats_waits_in_a_list_of_its_own,
		the_one_that_is_busy_longest_is_known,
		a_batch_takes_changes_and_then_what_repeats,
		of_nothing_nothing_is_taken,
		two_hosts_of_one_name_never_share_a_batch,
		what_is_sent_is_what_is_wanted_by_then,
		a_range_is_halved_until_it_fits,
		what_was_refused_is_halved_until_it_is_one,
		what_became_of_a_range_is_marked,
		a_host_is_timed_until_all_of_it_is_accepted,
		what_is_no_news_or_was_not_accepted_is_not_timed,
		what_is_lost_is_noted_for_the_range_that_was_sent,
		what_repeats_goes_back_and_the_rest_stays,
		what_is_stale_is_told_once_and_set_aside,
		what_became_stale_is_not_sent_a_second_time,
		a_stale_host_waits_in_no_list_and_is_then_the_first,
		without_memory_there_is_none,
	};

	return unit_run("outbox", tests, N_ELEMENTS(tests));
}

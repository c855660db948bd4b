/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/outbox.h"

#include <stdio.h>
#include <string.h>

#include "dns/dns.h"
#include "engine/publish.h"
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
		hosts[i].hash = i;
		hosts[i].want = value_pair("81.2.69.1", "2a02::1");
		hosts[i].seq = 1;
	}
	memset(&outbox, 0, sizeof(outbox));
	ck_assert_int_eq(outbox_init(&outbox, ALL, on_stale, &outbox), 0);
}

static void add(size_t i, unsigned families, bool repeats)
{
	hosts[i].repeats = repeats;
	outbox_set(&outbox, &hosts[i], families);
}

/* The batch's ranges, the next one first: "12|4". */
static const char *ranges(void)
{
	static char text[64];
	const struct batch *b = &outbox.batch;
	size_t i, k, n = 0;

	for (i = b->n_ranges; i-- > 0;) {
		for (k = 0; k < b->ranges[i].len; k++)
			text[n++] = (char)('0' + (b->changes[b->ranges[i].start + k].host - hosts));
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
	outbox_set(&outbox, &hosts[2], FAMILY_V4);
	outbox_set(&outbox, &hosts[0], FAMILY_BOTH);
	ck_assert_str_eq(order_of(&outbox.queue), "20");
	ck_assert_uint_eq(outbox.n_waiting, 3);
	/* One that has more to be sent keeps its place. */
	outbox_set(&outbox, &hosts[2], FAMILY_BOTH);
	ck_assert_str_eq(order_of(&outbox.queue), "20");
	ck_assert_uint_eq(outbox.n_waiting, 4);
	outbox_set(&outbox, &hosts[2], 0);
	ck_assert_str_eq(order_of(&outbox.queue), "0");
	ck_assert_uint_eq(outbox.n_waiting, 2);
	ck_assert(!hosts[2].is_queued && hosts[0].is_queued);
	outbox_fini(&outbox);
}
END_TEST

START_TEST(what_repeats_waits_in_a_list_of_its_own)
{
	open_outbox();
	hosts[0].repeats = true;
	outbox_set(&outbox, &hosts[0], FAMILY_V4);
	outbox_set(&outbox, &hosts[1], FAMILY_V4);
	ck_assert_str_eq(order_of(&outbox.later), "0");
	ck_assert_uint_eq(outbox.n_later, 1);
	/* It is a change now, and goes behind those that are. */
	hosts[0].repeats = false;
	outbox_set(&outbox, &hosts[0], FAMILY_V4);
	ck_assert_str_eq(order_of(&outbox.queue), "10");
	ck_assert_uint_eq(outbox.n_later, 0);
	ck_assert_uint_eq(outbox.n_waiting, 2);
	outbox_fini(&outbox);
}
END_TEST

START_TEST(a_stale_host_is_in_no_list_and_then_the_first)
{
	open_outbox();
	outbox_set(&outbox, &hosts[0], FAMILY_V4);
	outbox_set(&outbox, &hosts[1], FAMILY_V4);
	hosts[1].is_stale = true;
	outbox_set(&outbox, &hosts[1], FAMILY_BOTH);
	ck_assert_str_eq(order_of(&outbox.queue), "0");
	ck_assert_uint_eq(outbox.n_waiting, 3);
	outbox_put_first(&outbox, &hosts[1]);
	ck_assert_str_eq(order_of(&outbox.queue), "10");
	ck_assert(!hosts[1].is_stale && hosts[1].is_queued);
	ck_assert_uint_eq(outbox.n_waiting, 3);
	outbox_fini(&outbox);
}
END_TEST

START_TEST(the_one_that_is_busy_longest_is_known)
{
	open_outbox();
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 1000), 0);
	hosts[0].dirty = FAMILY_V4;
	outbox_note_busy(&outbox, &hosts[0], 1000);
	hosts[1].flying = FAMILY_V4;
	outbox_note_busy(&outbox, &hosts[1], 1500);
	/* Still busy: since then. */
	hosts[0].dirty = 0;
	hosts[0].flying = FAMILY_V4;
	outbox_note_busy(&outbox, &hosts[0], 1700);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 1000);
	hosts[0].flying = 0;
	outbox_note_busy(&outbox, &hosts[0], 1800);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 500);
	hosts[1].flying = 0;
	outbox_note_busy(&outbox, &hosts[1], 1900);
	ck_assert_int_eq(outbox_oldest_ms(&outbox, 2000), 0);
	outbox_fini(&outbox);
}
END_TEST

START_TEST(a_batch_takes_changes_and_then_what_repeats)
{
	static const struct {
		size_t max, spare;
		const char *ranges;
	} rows[] = {
		{ALL, ALL, "22413"}, {ALL, 4, "2241"}, {ALL, 3, "224"}, {ALL, 0, "224"},
		{4, ALL, "2241"},    {2, ALL, "22"},   {1, ALL, "2"},
	};
	size_t i, left;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_outbox();
		add(1, FAMILY_V4, true);
		add(2, FAMILY_BOTH, false);
		add(3, FAMILY_V4, true);
		add(4, FAMILY_V6, false);
		outbox_gather(&outbox, rows[i].max, rows[i].spare, NOW_MS);
		ck_assert_msg(strcmp(ranges(), rows[i].ranges) == 0, "row %zu: %s", i, ranges());
		left = 5 - strlen(rows[i].ranges);
		ck_assert_uint_eq(outbox.n_waiting, left);
		outbox_fini(&outbox);
	}
}
END_TEST

START_TEST(two_hosts_of_one_name_never_share_a_batch)
{
	open_outbox();
	hosts[1].name = hosts[0].name;
	hosts[1].hash = hosts[0].hash;
	add(0, FAMILY_V4, false);
	add(1, FAMILY_V4, false);
	outbox_gather(&outbox, ALL, ALL, NOW_MS);
	ck_assert_str_eq(ranges(), "0");
	outbox.batch.n_ranges = 0;
	outbox_gather(&outbox, ALL, ALL, NOW_MS);
	ck_assert_str_eq(ranges(), "1");
	outbox_fini(&outbox);
}
END_TEST

START_TEST(what_became_dirty_since_goes_along)
{
	open_outbox();
	add(0, FAMILY_V4, false);
	outbox_gather(&outbox, ALL, ALL, NOW_MS);
	hosts[0].want = value_pair("81.2.69.2", NULL);
	hosts[0].seq = 2;
	outbox_set(&outbox, &hosts[0], FAMILY_BOTH);
	outbox_snapshot(&outbox);
	ck_assert_uint_eq(hosts[0].dirty, FAMILY_V6);
	ck_assert_uint_eq(outbox.batch.changes[0].seq, 2);
	ck_assert(addr_equal(&outbox.batch.sent[0].addr, &hosts[0].want.v4));
	outbox_fini(&outbox);
}
END_TEST

START_TEST(what_repeats_goes_back_and_the_rest_stays)
{
	open_outbox();
	add(0, FAMILY_V4, false);
	add(1, FAMILY_BOTH, true);
	add(2, FAMILY_V4, true);
	outbox_gather(&outbox, ALL, ALL, NOW_MS);
	batch_fit(&outbox.batch, 2);
	ck_assert_str_eq(ranges(), "01|12");
	outbox_put_repeats_back(&outbox);
	ck_assert_str_eq(ranges(), "0");
	ck_assert_uint_eq(hosts[1].dirty, FAMILY_BOTH);
	ck_assert_uint_eq(hosts[1].flying | hosts[2].flying, 0);
	ck_assert_uint_eq(outbox.n_later, 2);
	outbox_fini(&outbox);
}
END_TEST

START_TEST(what_is_stale_is_told_once_and_set_aside)
{
	open_outbox();
	add(0, FAMILY_V4, false);
	add(1, FAMILY_BOTH, false);
	add(2, FAMILY_V4, true);
	hosts[1].renew_ms = NOW_MS;
	hosts[0].renew_ms = NOW_MS + 1;
	outbox_gather(&outbox, ALL, ALL, NOW_MS);
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
	ck_assert_uint_eq(outbox.batch.n_ranges, 0);
	outbox_fini(&outbox);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hosts_wait_in_the_order_in_which_they_came,
		what_repeats_waits_in_a_list_of_its_own,
		a_stale_host_is_in_no_list_and_then_the_first,
		the_one_that_is_busy_longest_is_known,
		a_batch_takes_changes_and_then_what_repeats,
		two_hosts_of_one_name_never_share_a_batch,
		what_became_dirty_since_goes_along,
		what_repeats_goes_back_and_the_rest_stays,
		what_is_stale_is_told_once_and_set_aside,
	};

	return unit_run("outbox", tests, N_ELEMENTS(tests));
}

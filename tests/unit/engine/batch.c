/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/batch.h"

#include <stdio.h>

#include "base/err.h"
#include "engine/publish_host.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { HOSTS = 16, MAX = 20 };

static struct publish_host hosts[HOSTS];
static struct batch batch;

/* Of the first n hosts, one change each, but both families of host 0. */
static void open_batch(size_t n)
{
	char name[48];
	size_t i;

	ck_assert_int_eq(batch_init(&batch, MAX), 0);
	for (i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "h%zu.dyn.example.com", i);
		hosts[i] = (struct publish_host){
			.name = value_name(name),
			.hash = 7, /* the same for all */
			.want = value_pair("81.2.69.1", "2a02::1"),
			.ttl = 60,
			.seq = 10 + i,
		};
	}
	for (i = 0; i < n; i++) {
		const unsigned families = i == 0 ? FAMILY_BOTH : FAMILY_V4;

		ck_assert_uint_eq(batch_add(&batch, &hosts[i], families, MAX), families);
	}
}

static void close_batch(void)
{
	batch_fini(&batch);
}

START_TEST(what_is_put_makes_one_range)
{
	open_batch(0);
	ck_assert_uint_eq(batch.n_ranges, 0);
	ck_assert_uint_eq(batch_left(&batch), 0);
	close_batch();
	open_batch(3);
	ck_assert_uint_eq(batch.n_ranges, 1);
	ck_assert_uint_eq(batch_left(&batch), 4);
	ck_assert_uint_eq(batch_next(&batch)->len, 4);
	close_batch();
}
END_TEST

START_TEST(another_host_of_the_same_name_goes_in_another_batch)
{
	struct publish_host twin, other;

	open_batch(3);
	twin = hosts[2];
	other = hosts[3];
	other.name = value_name("h3.dyn.example.com");
	ck_assert_uint_eq(batch_add(&batch, &twin, FAMILY_BOTH, MAX), 0);
	ck_assert_uint_eq(batch_left(&batch), 4);
	ck_assert_uint_eq(batch_add(&batch, &hosts[2], FAMILY_V6, MAX), FAMILY_V6);
	ck_assert_uint_eq(batch_add(&batch, &other, FAMILY_BOTH, MAX), FAMILY_BOTH);
	ck_assert_uint_eq(batch_left(&batch), 7);
	close_batch();
}
END_TEST

START_TEST(what_finds_no_room_stays_out)
{
	open_batch(2);
	hosts[3].is_later = true;
	ck_assert_uint_eq(batch_add(&batch, &hosts[3], FAMILY_BOTH, 4), FAMILY_V4);
	ck_assert(batch.changes[3].is_later && !batch.changes[2].is_later);
	ck_assert_uint_eq(batch_add(&batch, &hosts[4], FAMILY_BOTH, 4), 0);
	ck_assert_uint_eq(batch_left(&batch), 4);
	close_batch();
}
END_TEST

/* The first half goes first. */
START_TEST(a_range_is_halved_until_it_fits)
{
	static const struct {
		size_t hosts, len, lens[5];
	} rows[] = {
		{7, 8, {8}}, {7, 4, {4, 4}}, {7, 3, {2, 2, 4}}, {8, 4, {4, 5}}, {3, 1, {1, 1, 2}},
	};
	size_t i, k, start;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_batch(rows[i].hosts);
		batch_fit(&batch, rows[i].len);
		ck_assert_uint_eq(batch_left(&batch), rows[i].hosts + 1);
		for (k = start = 0; batch.n_ranges > 0; k++) {
			struct batch_range r = batch_take_next(&batch);

			ck_assert_msg(r.start == start && r.len == rows[i].lens[k],
				      "row %zu, range %zu: %zu", i, k, r.len);
			start += r.len;
		}
		ck_assert_uint_eq(start, rows[i].hosts + 1);
		close_batch();
	}
}
END_TEST

/* What the owner does before it sends the next range. */
static void snapshot(void)
{
	const struct batch_range *r = batch_next(&batch);
	size_t i;

	for (i = r->start; i < r->start + r->len; i++) {
		batch.changes[i].seq = batch.changes[i].host->seq;
		batch.changes[i].life = batch.changes[i].host->life;
	}
}

/* DOUBT_OWN: the lowest seq of this life. */
START_TEST(what_is_lost_is_noted_for_the_range_that_was_sent)
{
	open_batch(4);
	batch_fit(&batch, 3);
	snapshot();
	hosts[1].life++;
	batch_note_lost(&batch, 5000);
	ck_assert_uint_eq(hosts[0].lost, 10);
	ck_assert_int_eq(hosts[0].lost_ms, 5000);
	ck_assert_uint_eq(hosts[1].lost, 0);
	ck_assert_uint_eq(hosts[2].lost, 0);
	hosts[0].seq = 20;
	snapshot();
	batch_note_lost(&batch, 6000);
	ck_assert_uint_eq(hosts[0].lost, 10);
	ck_assert_int_eq(hosts[0].lost_ms, 6000);
	hosts[0].seq = 9;
	snapshot();
	batch_note_lost(&batch, 7000);
	ck_assert_uint_eq(hosts[0].lost, 9);
	close_batch();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct batch none;
	size_t n;

	for (n = 1; n <= 2; n++) {
		int err;

		fake_malloc_fail_at(n);
		err = batch_init(&none, MAX);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		batch_fini(&none);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_put_makes_one_range,
		another_host_of_the_same_name_goes_in_another_batch,
		what_finds_no_room_stays_out,
		a_range_is_halved_until_it_fits,
		what_is_lost_is_noted_for_the_range_that_was_sent,
		without_memory_there_is_none,
	};

	return unit_run("batch", tests, N_ELEMENTS(tests));
}

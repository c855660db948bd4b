/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/writers.h"

#include <stdio.h>
#include <string.h>

#include "engine/family.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

#define X "81.2.69.1"
#define Y "81.2.69.2"
#define V "2a02::1"
#define W "2a02::2"

static struct writers *writers;
static struct fqdn home;

static struct host_state state_of(uint64_t seq, int64_t time_s, const char *v4, const char *v6)
{
	return (struct host_state){
		.want = value_pair(v4, v6), .seq = seq, .pub = seq, .time_s = time_s};
}

static void open_writers(void)
{
	home = value_name("home.dyn.example.com");
	ck_assert_int_eq(writers_new(1, &writers), 0);
}

static void put(const char *user, uint64_t seq, int64_t now_s, const char *v4, const char *v6)
{
	struct host_state s = state_of(seq, 0, v4, v6);

	writers_put(writers, &home, user, &s, 0, now_s);
}

static bool is_over(const char *user, uint64_t seq, int64_t time_s, const char *v4, const char *v6)
{
	struct host_state s = state_of(seq, time_s, v4, v6);

	return writers_is_overwritten(writers, &home, user, &s);
}

static bool list(const char *user, int64_t time_s, const char *v4)
{
	struct host_state s = state_of(1, time_s, v4, NULL);

	return writers_list_see(writers, &home, user, &s);
}

START_TEST(who_wrote_last_is_not_overwritten)
{
	open_writers();
	ck_assert(!is_over("a", 1, 100, X, NULL));
	put("a", 2, 200, X, NULL);
	ck_assert(!is_over("a", 2, 200, X, NULL));
	put("b", 1, 300, Y, NULL);
	ck_assert(!is_over("b", 1, 300, Y, NULL));
	ck_assert(is_over("a", 2, 200, X, NULL));
	/* Its next request publishes it, and then the other one is overwritten. */
	put("a", 3, 400, X, NULL);
	ck_assert(!is_over("a", 3, 400, X, NULL));
	ck_assert(is_over("b", 1, 300, Y, NULL));
	writers_free(writers);
}
END_TEST

START_TEST(what_is_the_same_is_not_overwritten)
{
	open_writers();
	put("b", 1, 300, X, NULL);
	ck_assert(!is_over("a", 2, 200, X, NULL));
	/* Nor is a family that the other one does not have. */
	ck_assert(!is_over("a", 2, 200, X, V));
	put("b", 2, 400, X, W);
	ck_assert(is_over("a", 2, 200, X, V));
	ck_assert(is_over("a", 2, 200, NULL, V));
	ck_assert(!is_over("a", 2, 200, X, NULL));
	/* A host that was never updated has nothing to lose. */
	ck_assert(!is_over("a", 0, 0, Y, NULL));
	writers_free(writers);
}
END_TEST

START_TEST(what_says_that_it_is_over_is_passed_over_in_a_listing)
{
	struct host_state over = state_of(1, 300, Y, NULL);

	open_writers();
	over.over = 1;
	writers_list_begin(writers);
	ck_assert(!list("a", 300, X));
	ck_assert(!writers_list_see(writers, &home, "b", &over));
	writers_list_end(writers);
	ck_assert(!is_over("a", 1, 300, X, NULL));
	ck_assert(writers_is_overwritten(writers, &home, "b", &over));
	writers_free(writers);
}
END_TEST

/* Another daemon may have published for the other account; a start remembers nothing. */
START_TEST(what_the_state_says_counts_where_nothing_is_remembered)
{
	struct host_state over = state_of(2, 200, X, NULL), old = state_of(3, 200, X, NULL);

	open_writers();
	over.over = 2;
	old.over = 2;
	ck_assert(writers_is_overwritten(writers, &home, "a", &over));
	ck_assert(!writers_is_overwritten(writers, &home, "a", &old));
	/* We wrote it last ourselves. */
	put("a", 2, 300, X, NULL);
	ck_assert(writers_is_overwritten(writers, &home, "a", &over));
	/* The other one's address is the same; and the time of a confirmation proves nothing. */
	put("b", 1, 300, X, NULL);
	ck_assert(!writers_is_overwritten(writers, &home, "a", &over));
	put("b", 2, 300, Y, NULL);
	over.time_s = 400;
	over.seq = over.over = 9;
	ck_assert(writers_is_overwritten(writers, &home, "a", &over));
	writers_free(writers);
}
END_TEST

START_TEST(what_was_deleted_is_overwritten)
{
	struct host_state none = {.seq = 0}, both = state_of(2, 0, Y, W);

	open_writers();
	writers_put(writers, &home, "b", &none, FAMILY_V4, 300);
	ck_assert(is_over("a", 1, 200, X, NULL));
	ck_assert(!is_over("a", 1, 200, NULL, V));
	/* And stays so while another family changes. */
	put("b", 1, 350, NULL, W);
	ck_assert(is_over("a", 1, 200, X, NULL));
	writers_put(writers, &home, "b", &both, 0, 400);
	ck_assert(!is_over("a", 1, 200, Y, W));
	writers_free(writers);
}
END_TEST

/* The confirmation of the earlier one may have come later than the intent of the other. */
START_TEST(the_order_of_our_own_writes_is_known)
{
	open_writers();
	put("a", 5, 100, X, NULL);
	put("b", 1, 102, Y, NULL);
	ck_assert(is_over("a", 5, 103, X, NULL));
	ck_assert(is_over("a", 4, 103, X, NULL));
	/* A later seq is another daemon's, also within a second. */
	ck_assert(!is_over("a", 6, 102, X, NULL));
	ck_assert(is_over("b", 1, 102, Y, NULL));
	writers_free(writers);
	/* An older reading of the last one says nothing. */
	open_writers();
	put("a", 5, 100, X, NULL);
	ck_assert(!is_over("a", 4, 100, Y, NULL));
	ck_assert(!is_over("b", 1, 50, X, NULL));
	writers_free(writers);
}
END_TEST

START_TEST(another_daemon_may_have_written_since)
{
	open_writers();
	put("b", 1, 300, Y, NULL);
	ck_assert(is_over("a", 1, 299, X, NULL));
	ck_assert(is_over("a", 1, 300, X, NULL));
	ck_assert(!is_over("a", 2, 301, X, NULL));
	ck_assert(is_over("b", 1, 300, Y, NULL));
	/* It is of that time, also to a third one. */
	ck_assert(is_over("c", 1, 301, Y, NULL));
	/* And newer values of the last one are known. */
	ck_assert(!is_over("a", 3, 302, Y, NULL));
	ck_assert(!is_over("b", 1, 300, Y, NULL));
	writers_free(writers);
}
END_TEST

/* Rows: who is listed, in which order, and who is then overwritten. */
START_TEST(a_listing_finds_names_that_are_shared)
{
	static const struct {
		int64_t first_s, second_s;
		bool is_later, a_is_over, b_is_over;
	} rows[] = {
		{100, 200, true, true, false},
		{200, 100, false, false, true},
		/* In the same second: nobody knows, and whoever asks first publishes. */
		{100, 100, false, true, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_writers();
		writers_list_begin(writers);
		ck_assert(!list("a", rows[i].first_s, X));
		ck_assert_int_eq(list("b", rows[i].second_s, Y), rows[i].is_later);
		writers_list_end(writers);
		ck_assert_int_eq(is_over("a", 1, rows[i].first_s, X, NULL), rows[i].a_is_over);
		ck_assert_int_eq(is_over("b", 1, rows[i].second_s, Y, NULL), rows[i].b_is_over);
		writers_free(writers);
	}
}
END_TEST

START_TEST(a_listing_does_not_change_what_we_wrote)
{
	open_writers();
	put("a", 1, 300, X, NULL);
	writers_list_begin(writers);
	list("a", 100, X);
	list("b", 200, Y);
	writers_list_end(writers);
	ck_assert(!is_over("a", 1, 100, X, NULL));
	ck_assert(is_over("b", 1, 200, Y, NULL));
	/* A listing that was cut off is begun anew. */
	writers_list_begin(writers);
	list("b", 200, Y);
	writers_list_begin(writers);
	ck_assert(!list("b", 200, Y));
	writers_list_end(writers);
	ck_assert(!list("b", 200, Y));
	writers_free(writers);
}
END_TEST

/* Whom we overwrote ourselves matters no more. */
START_TEST(a_listing_may_find_a_later_change_than_ours)
{
	open_writers();
	put("a", 1, 100, X, NULL);
	put("b", 1, 200, Y, NULL);
	writers_list_begin(writers);
	list("c", 300, X);
	ck_assert(list("d", 400, Y));
	writers_list_end(writers);
	ck_assert(is_over("a", 2, 400, X, NULL));
	ck_assert(!is_over("a", 2, 401, X, NULL));
	writers_free(writers);
}
END_TEST

START_TEST(a_long_listing_finds_each_pair)
{
	enum { NAMES = 5000 };
	struct host_state s = state_of(1, 100, X, NULL);
	char text[48];
	size_t i, turn, n = 0;

	open_writers();
	writers_list_begin(writers);
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < NAMES; i++) {
			struct fqdn name;

			snprintf(text, sizeof(text), "h%zu.dyn.example.com", i);
			name = value_name(text);
			s.time_s = 100 + (int64_t)turn;
			n += writers_list_see(writers, &name, turn == 0 ? "a" : "b", &s);
		}
	}
	writers_list_end(writers);
	ck_assert_uint_eq(n, NAMES);
	writers_free(writers);
}
END_TEST

START_TEST(names_that_are_shared_are_forgotten_last)
{
	struct host_state s = state_of(1, 0, X, NULL);
	char text[48];
	size_t i;

	open_writers();
	put("a", 1, 100, X, NULL);
	put("b", 1, 200, Y, NULL);
	for (i = 0; i < WRITERS_MAX + 10; i++) {
		struct fqdn name;

		snprintf(text, sizeof(text), "h%zu.dyn.example.com", i);
		name = value_name(text);
		writers_put(writers, &name, "a", &s, 0, 100);
	}
	ck_assert(is_over("a", 1, 100, X, NULL));
	home = value_name("h0.dyn.example.com");
	ck_assert(!is_over("b", 1, 50, Y, NULL));
	home = value_name("h100.dyn.example.com");
	ck_assert(is_over("b", 1, 50, Y, NULL));
	writers_free(writers);
}
END_TEST

START_TEST(without_memory_nothing_is_remembered)
{
	struct host_state s = state_of(1, 100, X, NULL);
	size_t n;

	for (n = 1; n < 3; n++) {
		struct writers *none = NULL;
		int err;

		fake_malloc_fail_at(n);
		err = writers_new(1, &none);
		ck_assert(fake_malloc_off());
		ck_assert(err != 0 && none == NULL);
	}
	open_writers();
	fake_malloc_fail_at(1);
	writers_put(writers, &home, "b", &s, 0, 300);
	ck_assert(fake_malloc_off());
	ck_assert(!is_over("a", 1, 100, Y, NULL));
	fake_malloc_fail_at(1);
	writers_list_begin(writers);
	ck_assert(fake_malloc_off());
	ck_assert(!list("a", 100, X) && !list("b", 200, Y));
	writers_list_end(writers);
	writers_free(writers);
	writers_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_wrote_last_is_not_overwritten,
		what_is_the_same_is_not_overwritten,
		what_says_that_it_is_over_is_passed_over_in_a_listing,
		what_the_state_says_counts_where_nothing_is_remembered,
		what_was_deleted_is_overwritten,
		the_order_of_our_own_writes_is_known,
		another_daemon_may_have_written_since,
		a_listing_finds_names_that_are_shared,
		a_listing_does_not_change_what_we_wrote,
		a_listing_may_find_a_later_change_than_ours,
		a_long_listing_finds_each_pair,
		names_that_are_shared_are_forgotten_last,
		without_memory_nothing_is_remembered,
	};

	return unit_run("writers", tests, N_ELEMENTS(tests));
}

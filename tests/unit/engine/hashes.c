/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/hashes.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

enum { JOBS = 64, LETTERS = 128 };

/* Who waits for a hash: its letter is the password. */
struct asker {
	struct hash_job *job;
	unsigned n_done;
	enum password_result result;
};

static struct hashes *hashes;
static struct asker askers[LETTERS];
static char order[JOBS + 1]; /* the letters of those that ran */
static size_t n_order;

enum password_result __wrap_password_check_slow(const char *stored, struct slice password);

enum password_result __wrap_password_check_slow(const char *stored, struct slice password)
{
	KIT_CHECK(stored[0] == '$' && n_order < JOBS);
	order[n_order++] = password.p[0];
	return PASSWORD_RIGHT;
}

static void on_done(void *arg, enum password_result result)
{
	struct asker *k = arg;

	k->n_done++;
	k->result = result;
}

static void open_hashes(unsigned max)
{
	kit_open();
	memset(askers, 0, sizeof(askers));
	memset(order, 0, sizeof(order));
	n_order = 0;
	ck_assert_int_eq(hashes_new(&kit_loop, max, &hashes), 0);
}

static void close_hashes(void)
{
	hashes_free(hashes);
	kit_close();
	ck_assert_uint_eq(hashes_left(), 0);
}

/* The asker of that letter, as that client. */
static int add(char letter, uint64_t client, bool is_dummy)
{
	const struct hash_order o = {"$y$", is_dummy, {&letter, 1}, client};
	struct asker *k = &askers[letter % LETTERS];

	return hashes_add(hashes, &o, on_done, k, &k->job);
}

static struct asker *asker_of(char letter)
{
	return &askers[letter % LETTERS];
}

/* letters are added in their order: lower case ones of real checks, upper case ones of dummies;
 * each with the client below it. */
START_TEST(clients_take_turns_and_real_checks_come_first)
{
	static const struct {
		const char *letters, *clients, *order;
	} rows[] = {
		{"abcdef", "111111", "abcdef"},
		/* The first two run at once. */
		{"abcdefg", "1111123", "abfgcde"},
		{"abcdefgh", "11112222", "abecfdgh"},
		{"ABCdeF", "111234", "ABdeFC"},
		{"ABCDefgh", "12341111", "ABefghCD"},
	};
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hashes(JOBS);
		for (n = 0; rows[i].letters[n] != '\0'; n++)
			ck_assert_int_eq(add(rows[i].letters[n], (uint64_t)rows[i].clients[n],
					     rows[i].letters[n] < 'a'),
					 0);
		kit_advance(10);
		ck_assert_msg(strcmp(order, rows[i].order) == 0, "row %zu: %s", i, order);
		for (n = 0; rows[i].letters[n] != '\0'; n++) {
			ck_assert_uint_eq(asker_of(rows[i].letters[n])->n_done, 1);
			ck_assert_int_eq(asker_of(rows[i].letters[n])->result,
					 rows[i].letters[n] < 'a' ? PASSWORD_WRONG
								  : PASSWORD_RIGHT);
		}
		close_hashes();
	}
}
END_TEST

START_TEST(a_client_has_its_share)
{
	size_t n;

	open_hashes(JOBS);
	for (n = 0; n < JOBS / 4; n++)
		ck_assert_int_eq(add((char)('0' + n), 1, false), 0);
	ck_assert_int_eq(add('x', 1, false), ERR_LIMIT);
	ck_assert_int_eq(add('y', 2, false), 0);
	ck_assert_int_eq(metric_get(METRIC_HASHES_WAITING), JOBS / 4 + 1 - HASHES_AT_ONCE);
	kit_advance(1);
	ck_assert_int_eq(add('x', 1, false), 0);
	kit_advance(JOBS);
	ck_assert_int_eq(metric_get(METRIC_HASHES_WAITING), 0);
	ck_assert_uint_eq(asker_of('x')->n_done, 1);
	close_hashes();
}
END_TEST

START_TEST(in_a_full_queue_the_one_that_would_wait_longest_makes_room)
{
	int64_t refused = metric_get(METRIC_HASHES_REFUSED);

	open_hashes(4);
	ck_assert_int_eq(add('a', 1, false), 0);
	ck_assert_int_eq(add('b', 1, false), 0);
	ck_assert_int_eq(add('c', 1, false), 0);
	ck_assert_int_eq(add('D', 2, true), 0);
	/* A dummy goes first, whoever's it is; then who has most. */
	ck_assert_int_eq(add('e', 3, false), 0);
	ck_assert_uint_eq(asker_of('D')->n_done, 1);
	ck_assert_int_eq(asker_of('D')->result, PASSWORD_NO_MEMORY);
	ck_assert_int_eq(add('f', 4, false), 0);
	ck_assert_int_eq(asker_of('c')->result, PASSWORD_NO_MEMORY);
	ck_assert_uint_eq(asker_of('c')->n_done, 1);
	ck_assert_int_eq(add('G', 5, true), ERR_LIMIT);
	ck_assert_int_eq(add('h', 1, false), ERR_LIMIT);
	ck_assert_int_eq(metric_get(METRIC_HASHES_REFUSED) - refused, 4);
	kit_advance(10);
	ck_assert_str_eq(order, "abef");
	close_hashes();
}
END_TEST

START_TEST(what_nobody_waits_for_makes_room_unless_it_runs)
{
	open_hashes(4);
	ck_assert_int_eq(add('a', 1, false), 0);
	ck_assert_int_eq(add('b', 1, false), 0);
	ck_assert_int_eq(add('c', 1, false), 0);
	hashes_drop(asker_of('a')->job);
	hashes_drop(asker_of('c')->job);
	kit_advance(10);
	ck_assert_str_eq(order, "ab");
	ck_assert_uint_eq(asker_of('a')->n_done + asker_of('c')->n_done, 0);
	ck_assert_uint_eq(asker_of('b')->n_done, 1);
	close_hashes();
}
END_TEST

START_TEST(what_runs_ends_by_itself_after_the_queue_is_gone)
{
	open_hashes(4);
	ck_assert_int_eq(add('a', 1, false), 0);
	ck_assert_int_eq(add('b', 1, false), 0);
	ck_assert_int_eq(add('c', 1, false), 0);
	hashes_free(hashes);
	ck_assert_uint_eq(hashes_left(), 2);
	kit_advance(10);
	ck_assert_uint_eq(hashes_left(), 0);
	ck_assert_str_eq(order, "ab");
	ck_assert_uint_eq(asker_of('a')->n_done + asker_of('b')->n_done + asker_of('c')->n_done, 0);
	hashes_free(NULL);
	kit_close();
}
END_TEST

START_TEST(without_memory_nothing_is_added)
{
	struct hashes *none = NULL;
	size_t n;
	int err;

	open_hashes(4);
	fake_malloc_fail_at(1);
	err = hashes_new(&kit_loop, 4, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	for (n = 1; n <= 2; n++) {
		fake_malloc_fail_at(n);
		err = add('a', 1, false);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
	}
	kit_advance(1);
	ck_assert_str_eq(order, "");
	close_hashes();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		clients_take_turns_and_real_checks_come_first,
		a_client_has_its_share,
		in_a_full_queue_the_one_that_would_wait_longest_makes_room,
		what_nobody_waits_for_makes_room_unless_it_runs,
		what_runs_ends_by_itself_after_the_queue_is_gone,
		without_memory_nothing_is_added,
	};

	return unit_run("hashes", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash_table.h"

#include <stdbool.h>

#include "base/container_of.h"
#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { WORDS_MAX = 300 };

struct word {
	unsigned key;
	bool is_seen;
	struct hash_node node;
};

static struct word words[WORDS_MAX];
static struct hash_table table;

static uint64_t spread(unsigned key)
{
	return key * 0x9e3779b97f4a7c15u;
}

/* Every key has a neighbour of the same hash. */
static uint64_t in_pairs(unsigned key)
{
	return spread(key / 2);
}

static uint64_t all_alike(unsigned key)
{
	(void)key;
	return 7;
}

/* Different hashes that lie in one bucket, however many buckets there are. */
static uint64_t one_bucket(unsigned key)
{
	return (uint64_t)key << 32;
}

static uint64_t (*const hashes[])(unsigned key) = {spread, in_pairs, all_alike, one_bucket};

static struct word *find(unsigned key, uint64_t hash)
{
	struct hash_node *node;

	for (node = hash_table_first(&table, hash); node != NULL; node = hash_table_next(node)) {
		struct word *word = CONTAINER_OF(node, struct word, node);

		ck_assert_uint_eq(node->hash, hash);
		if (word->key == key)
			return word;
	}
	return NULL;
}

static void add(unsigned key, uint64_t hash)
{
	words[key].key = key;
	hash_table_add(&table, &words[key].node, hash);
}

/* Every node is met once, and no other. */
static void check_walk(size_t count)
{
	struct hash_node *node;
	size_t i, n = 0;

	for (i = 0; i < WORDS_MAX; i++)
		words[i].is_seen = false;
	for (node = hash_table_walk(&table, NULL); node != NULL;
	     node = hash_table_walk(&table, node)) {
		struct word *word = CONTAINER_OF(node, struct word, node);

		ck_assert(!word->is_seen);
		word->is_seen = true;
		n++;
	}
	ck_assert_uint_eq(n, count);
	ck_assert_uint_eq(table.count, count);
}

START_TEST(what_was_added_is_found_until_it_is_removed)
{
	unsigned key;

	ck_assert_int_eq(hash_table_init(&table, 4), 0);
	for (key = 0; key < WORDS_MAX; key++) {
		ck_assert_ptr_null(find(key, hashes[_i](key)));
		add(key, hashes[_i](key));
	}
	check_walk(WORDS_MAX);
	for (key = 0; key < WORDS_MAX; key++)
		ck_assert_ptr_eq(find(key, hashes[_i](key)), &words[key]);
	ck_assert_ptr_null(find(WORDS_MAX, hashes[_i](WORDS_MAX)));
	for (key = 0; key < WORDS_MAX; key += 3)
		hash_table_remove(&table, &words[key].node);
	check_walk(WORDS_MAX / 3 * 2);
	for (key = 0; key < WORDS_MAX; key++)
		ck_assert_ptr_eq(find(key, hashes[_i](key)), key % 3 == 0 ? NULL : &words[key]);
	for (key = 0; key < WORDS_MAX; key += 3)
		add(key, hashes[_i](key));
	check_walk(WORDS_MAX);
	hash_table_fini(&table);
}
END_TEST

START_TEST(it_begins_with_the_buckets_asked_for_and_doubles_them)
{
	static const struct {
		size_t asked, begun;
		unsigned added;
		size_t then;
	} rows[] = {
		{0, 1, 1, 1},	  {0, 1, 2, 2},	       {1, 1, 5, 8},
		{2, 2, 2, 2},	  {3, 4, 4, 4},	       {4, 4, 5, 8},
		{64, 64, 64, 64}, {65, 128, 128, 128}, {100, 128, 129, 256},
	};
	unsigned key;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(hash_table_init(&table, rows[i].asked), 0);
		ck_assert_msg(table.n_buckets == rows[i].begun, "row %zu: %zu", i, table.n_buckets);
		for (key = 0; key < rows[i].added; key++)
			add(key, spread(key));
		ck_assert_msg(table.n_buckets == rows[i].then, "row %zu: %zu", i, table.n_buckets);
		check_walk(rows[i].added);
		hash_table_fini(&table);
	}
}
END_TEST

START_TEST(all_can_be_removed_on_a_walk)
{
	struct hash_node *node, *next;
	unsigned key;

	ck_assert_int_eq(hash_table_init(&table, 0), 0);
	for (key = 0; key < WORDS_MAX; key++)
		add(key, hashes[_i](key));
	for (node = hash_table_walk(&table, NULL); node != NULL; node = next) {
		next = hash_table_walk(&table, node);
		hash_table_remove(&table, node);
		memset(node, 0xff, sizeof(*node));
	}
	check_walk(0);
	ck_assert_ptr_null(find(0, hashes[_i](0)));
	hash_table_fini(&table);
}
END_TEST

START_TEST(without_memory_none_begins)
{
	struct hash_table before = {.count = 5}, t = before;
	int err;

	fake_malloc_fail_at(1);
	err = hash_table_init(&t, 4);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_mem_eq(&t, &before, sizeof(t));
}
END_TEST

START_TEST(without_memory_to_grow_it_still_finds_all_and_grows_later)
{
	unsigned key;

	ck_assert_int_eq(hash_table_init(&table, 2), 0);
	for (key = 0; key < WORDS_MAX - 1; key++) {
		fake_malloc_fail_at(1);
		add(key, hashes[_i](key));
		ck_assert(fake_malloc_off() == (key >= 2));
	}
	ck_assert_uint_eq(table.n_buckets, 2);
	check_walk(WORDS_MAX - 1);
	add(key, hashes[_i](key));
	ck_assert_uint_eq(table.n_buckets, 4);
	check_walk(WORDS_MAX);
	for (key = 0; key < WORDS_MAX; key++)
		ck_assert_ptr_eq(find(key, hashes[_i](key)), &words[key]);
	hash_table_fini(&table);
}
END_TEST

START_TEST(a_table_that_never_began_is_empty)
{
	memset(&table, 0, sizeof(table));
	ck_assert_ptr_null(hash_table_walk(&table, NULL));
	hash_table_fini(&table);
	ck_assert_int_eq(hash_table_init(&table, 1), 0);
	hash_table_fini(&table);
	ck_assert_ptr_null(hash_table_walk(&table, NULL));
	ck_assert_ptr_null(table.buckets);
}
END_TEST

int main(void)
{
	const TTest *const loops[] = {
		what_was_added_is_found_until_it_is_removed,
		all_can_be_removed_on_a_walk,
		without_memory_to_grow_it_still_finds_all_and_grows_later,
	};
	Suite *suite = suite_create("hash_table");
	TCase *tc = tcase_create("hash_table");
	SRunner *runner = srunner_create(suite);
	int failed;
	size_t i;

	for (i = 0; i < N_ELEMENTS(loops); i++)
		tcase_add_loop_test(tc, loops[i], 0, N_ELEMENTS(hashes));
	tcase_add_test(tc, it_begins_with_the_buckets_asked_for_and_doubles_them);
	tcase_add_test(tc, without_memory_none_begins);
	tcase_add_test(tc, a_table_that_never_began_is_empty);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

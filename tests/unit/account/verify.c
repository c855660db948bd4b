/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/verify.h"

#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { NOW = 1000000 };

static struct verified *verified;

static struct account *account_of(const char *user, const char *secret)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	return a;
}

static struct verified_key name_of(const char *user, const char *secret, const char *password)
{
	struct account *a = user != NULL ? account_of(user, secret) : NULL;
	struct verified_key key;

	ck_assert_int_eq(verified_name(verified, a, slice_of(password), &key), 0);
	account_free(a);
	return key;
}

START_TEST(what_was_right_stays_right_for_a_while_and_nothing_else_is)
{
	static const struct {
		const char *user, *secret, *password;
	} others[] = {
		{"alice", "stored", "passwore"}, {"alice", "stores", "password"},
		{"alicf", "stored", "password"}, {NULL, NULL, "password"},
		{"alice", "stored", ""},	 {"alice", "stored", "password "},
		{"a", "licestored", "password"},
	};
	struct verified_key key, other;
	size_t i;

	ck_assert_int_eq(verified_new(&verified), 0);
	key = name_of("alice", "stored", "password");
	ck_assert(!verified_has(verified, &key, NOW));
	verified_put(verified, &key, NOW);
	other = name_of("alice", "stored", "password");
	ck_assert(verified_has(verified, &other, NOW));
	ck_assert(verified_has(verified, &other, NOW + VERIFIED_FOR_MS - 1));
	ck_assert(!verified_has(verified, &other, NOW + VERIFIED_FOR_MS));
	for (i = 0; i < N_ELEMENTS(others); i++) {
		other = name_of(others[i].user, others[i].secret, others[i].password);
		ck_assert_msg(!verified_has(verified, &other, NOW), "row %zu", i);
	}
	verified_free(verified);
}
END_TEST

START_TEST(another_process_has_another_key)
{
	struct verified_key first, second;

	ck_assert_int_eq(verified_new(&verified), 0);
	first = name_of("alice", "stored", "password");
	verified_free(verified);
	ck_assert_int_eq(verified_new(&verified), 0);
	second = name_of("alice", "stored", "password");
	ck_assert_int_ne(memcmp(&first, &second, sizeof(first)), 0);
	verified_free(verified);
}
END_TEST

START_TEST(in_a_full_set_the_oldest_makes_room)
{
	struct verified_key keys[6];
	uint64_t i;

	ck_assert_int_eq(verified_new(&verified), 0);
	for (i = 0; i < N_ELEMENTS(keys); i++)
		keys[i] = (struct verified_key){{7, i + 1}};
	for (i = 0; i < 4; i++)
		verified_put(verified, &keys[i], NOW + (int64_t)i);
	/* Once more: it is not the oldest then. */
	verified_put(verified, &keys[0], NOW + 4);
	verified_put(verified, &keys[4], NOW + 5);
	for (i = 0; i < 5; i++)
		ck_assert(verified_has(verified, &keys[i], NOW + 5) == (i != 1));
	ck_assert(!verified_has(verified, &keys[5], NOW + 5));
	/* Nobody makes room for what is there. */
	verified_put(verified, &keys[4], NOW + 6);
	for (i = 0; i < 5; i++)
		ck_assert(verified_has(verified, &keys[i], NOW + 6) == (i != 1));
	verified_free(verified);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	int err;

	verified = NULL;
	fake_malloc_fail_at(1);
	err = verified_new(&verified);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(verified);
	verified_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_right_stays_right_for_a_while_and_nothing_else_is,
		another_process_has_another_key,
		in_a_full_set_the_oldest_makes_room,
		without_memory_there_is_none,
	};

	return unit_run("verify", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * Who has logged in lately. */
#include "http/known_clients.h"

#include "kit/unit.h"
#include "kit/values.h"
#include "net/prefix.h"

static struct known_clients *known;

static struct prefix client_of(const char *peer)
{
	struct addr a = value_addr(peer);

	return prefix_of_client(&a);
}

static bool has(const char *peer, int64_t now_ms)
{
	struct prefix p = client_of(peer);

	return known_clients_have(known, &p, now_ms);
}

static void add(const char *peer, int64_t now_ms)
{
	struct prefix p = client_of(peer);

	known_clients_add(known, &p, now_ms);
}

START_TEST(a_client_is_known_for_two_days_after_its_last_login)
{
	ck_assert_int_eq(known_clients_new(&known), 0);
	ck_assert(!has("192.0.2.1", 0));
	add("192.0.2.1", 1000);
	add("2001:db8::1", 1000);
	ck_assert(has("192.0.2.1", 1000));
	ck_assert(!has("192.0.2.2", 1000));
	ck_assert(has("2001:db8:0:ff::2", 1000));
	ck_assert(has("192.0.2.1", 1000 + KNOWN_CLIENTS_MS - 1));
	ck_assert(!has("192.0.2.1", 1000 + KNOWN_CLIENTS_MS));
	add("192.0.2.1", 2000 + KNOWN_CLIENTS_MS);
	ck_assert(has("192.0.2.1", 2000 + KNOWN_CLIENTS_MS));
	known_clients_free(known);
	known_clients_free(NULL);
}
END_TEST

START_TEST(the_one_that_logged_in_longest_ago_makes_room)
{
	struct addr peer = value_addr("10.0.0.0");
	struct prefix p;
	int i;

	ck_assert_int_eq(known_clients_new(&known), 0);
	for (i = 0; i < KNOWN_CLIENTS_MAX; i++) {
		peer.bytes[2] = (uint8_t)(i >> 8);
		peer.bytes[3] = (uint8_t)i;
		p = prefix_of_client(&peer);
		known_clients_add(known, &p, i);
	}
	add("10.0.0.0", KNOWN_CLIENTS_MAX);
	ck_assert(has("10.0.0.1", KNOWN_CLIENTS_MAX));
	add("192.0.2.1", KNOWN_CLIENTS_MAX);
	ck_assert(has("10.0.0.0", KNOWN_CLIENTS_MAX));
	ck_assert(!has("10.0.0.1", KNOWN_CLIENTS_MAX));
	ck_assert(has("10.0.0.2", KNOWN_CLIENTS_MAX));
	ck_assert(has("192.0.2.1", KNOWN_CLIENTS_MAX));
	known_clients_free(known);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_client_is_known_for_two_days_after_its_last_login,
		the_one_that_logged_in_longest_ago_makes_room,
	};

	return unit_run("known_clients", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/tcp_table.h"

#include <stdint.h>
#include <stdlib.h>

#include "kit/unit.h"
#include "kit/values.h"

enum { CLIENTS = 6, PER_NETWORK = 3, IDLE_MS = 1000, SEATS = 16 };

static struct tcp_table *table;
static struct tcp_seat seats[SEATS];

static void new_table(void)
{
	const struct tcp_table_limits limits = {CLIENTS, PER_NETWORK, IDLE_MS};

	ck_assert_int_eq(tcp_table_new(&limits, &table), 0);
}

/* Seats the i-th connection; the number of the one that went, or -1. */
static int enter(int i, const char *client, int64_t now_ms, enum tcp_table_room want)
{
	struct addr addr = value_addr(client);
	struct tcp_seat *out = NULL;

	ck_assert_int_eq(tcp_table_enter(table, &seats[i], &addr, now_ms, &out), want);
	ck_assert_int_eq(out == NULL, want == TCP_TABLE_ROOM);
	return out == NULL ? -1 : (int)(out - seats);
}

static void enter_all(const char *const *clients, int n)
{
	int i;

	for (i = 0; i < n; i++)
		enter(i, clients[i], i, TCP_TABLE_ROOM);
}

static int expired(int64_t now_ms)
{
	struct tcp_seat *seat = tcp_table_expire(table, now_ms);

	return seat == NULL ? -1 : (int)(seat - seats);
}

START_TEST(network_beyond_its_share_gives_up_its_own_oldest)
{
	static const char *const own[] = {"192.0.2.1", "192.0.2.2", "192.0.2.255"};

	new_table();
	enter_all(own, 3);
	ck_assert_int_eq(enter(3, "192.0.2.9", 3, TCP_TABLE_NETWORK), 0);
	/* The one that was used is not the oldest any more. */
	tcp_table_use(table, &seats[1], 4);
	ck_assert_int_eq(enter(4, "192.0.2.9", 5, TCP_TABLE_NETWORK), 2);
	ck_assert_int_eq(enter(5, "192.0.3.1", 6, TCP_TABLE_ROOM), -1);
	tcp_table_leave(table, &seats[1]);
	ck_assert_int_eq(enter(6, "192.0.2.9", 7, TCP_TABLE_ROOM), -1);
	tcp_table_free(table);
}
END_TEST

START_TEST(of_ipv6_a_network_is_a_site)
{
	static const char *const own[] = {"2001:db8:0:100::1", "2001:db8:0:1aa::1",
					  "2001:db8:0:1ff:ffff::1"};

	new_table();
	enter_all(own, 3);
	ck_assert_int_eq(enter(3, "2001:db8:0:200::1", 3, TCP_TABLE_ROOM), -1);
	ck_assert_int_eq(enter(4, "2001:db8:0:100::2", 4, TCP_TABLE_NETWORK), 0);
	tcp_table_free(table);
}
END_TEST

static const struct {
	const char *clients[CLIENTS];
	int out;
} full_rows[] = {
	/* The oldest of the network that has most. */
	{{"10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.1.2", "10.0.3.1", "10.0.2.2"}, 1},
	{{"10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.1.2"}, 2},
	{{"10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", "10.0.5.1"}, 0},
};

START_TEST(when_all_places_are_taken_the_greediest_makes_room)
{
	new_table();
	enter_all(full_rows[_i].clients, CLIENTS);
	ck_assert_int_eq(enter(CLIENTS, "10.9.0.1", 10, TCP_TABLE_FULL), full_rows[_i].out);
	tcp_table_free(table);
}
END_TEST

START_TEST(idle_ones_expire_oldest_first)
{
	static const char *const clients[] = {"10.0.0.1", "10.0.1.1", "10.0.2.1"};

	new_table();
	ck_assert_int_eq(expired(5), -1);
	enter_all(clients, 3);
	tcp_table_use(table, &seats[0], 10);
	ck_assert_int_eq(expired(IDLE_MS), -1);
	ck_assert_int_eq(expired(IDLE_MS + 1), 1);
	ck_assert_int_eq(expired(IDLE_MS + 1), -1);
	ck_assert_int_eq(expired(IDLE_MS + 10), 2);
	ck_assert_int_eq(expired(IDLE_MS + 10), 0);
	ck_assert_int_eq(expired(INT64_MAX), -1);
	tcp_table_free(table);
}
END_TEST

START_TEST(above_half_of_the_places_they_expire_sooner)
{
	static const char *const clients[] = {"10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1"};

	new_table();
	enter_all(clients, 4);
	ck_assert_int_eq(expired(IDLE_MS / 4 - 1), -1);
	ck_assert_int_eq(expired(IDLE_MS / 4), 0);
	/* Half is left, which may stay for as long as anybody. */
	ck_assert_int_eq(expired(IDLE_MS), -1);
	ck_assert_int_eq(expired(IDLE_MS + 1), 1);
	tcp_table_free(table);
	tcp_table_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp_table");
	TCase *tc = tcase_create("places");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, network_beyond_its_share_gives_up_its_own_oldest);
	tcase_add_test(tc, of_ipv6_a_network_is_a_site);
	tcase_add_loop_test(tc, when_all_places_are_taken_the_greediest_makes_room, 0,
			    N_ELEMENTS(full_rows));
	tcase_add_test(tc, idle_ones_expire_oldest_first);
	tcase_add_test(tc, above_half_of_the_places_they_expire_sooner);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

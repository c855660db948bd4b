/* SPDX-License-Identifier: BSD-2-Clause
 * Who makes room first, and who last. */
#include "http/conn_ranks.h"

#include <string.h>

#include "kit/unit.h"

enum { MAX_KNOWN = 6, CLIENTS = 4, CONNS = 64 };

static struct conn_ranks ranks;
static struct client clients[CLIENTS];
static struct conn conns[CONNS];
static size_t n_conns;

static void setup(void)
{
	size_t i;

	memset(clients, 0, sizeof(clients));
	memset(conns, 0, sizeof(conns));
	n_conns = 0;
	conn_ranks_init(&ranks, MAX_KNOWN);
	for (i = 0; i < CLIENTS; i++)
		TAILQ_INIT(&clients[i].strangers);
}

static struct conn *add(size_t client, enum conn_standing standing, enum conn_phase phase)
{
	struct conn *c = &conns[n_conns++];

	c->client = &clients[client];
	c->phase = phase;
	conn_ranks_add(&ranks, c, standing);
	return c;
}

/* Takes them out, and says which they were, by their place in conns: 'a' is the first. */
static const char *take_all(void)
{
	static char text[CONNS + 1];
	struct conn *c;
	size_t n = 0;

	while ((c = conn_ranks_first(&ranks)) != NULL) {
		conn_ranks_remove(&ranks, c);
		conn_ranks_remove(&ranks, c); /* of no rank: nothing happens */
		text[n++] = (char)('a' + (c - conns));
	}
	text[n] = '\0';
	return text;
}

static void enter(struct conn *c, enum conn_phase phase)
{
	c->phase = phase;
	conn_ranks_moved(&ranks, c);
}

START_TEST(whatever_strangers_do_the_oldest_of_the_largest_client_is_first)
{
	/* Each letter is a connection of that client, in the order in which they came. */
	static const struct {
		const char *came, *go;
	} rows[] = {
		{"", ""},	  {"0", "a"},	    {"0123", "abcd"},	{"0001", "abdc"},
		{"1000", "bcad"}, {"0110", "bacd"}, {"01110", "bcade"}, {"0123000", "aefbcdg"},
	};
	const char *went;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		setup();
		for (k = 0; rows[i].came[k] != '\0'; k++)
			add((size_t)(rows[i].came[k] - '0'), CONN_STRANGER,
			    (enum conn_phase)(k % CONN_HANDED));
		went = take_all();
		ck_assert_msg(strcmp(went, rows[i].go) == 0, "row %zu: %s", i, went);
	}
}
END_TEST

START_TEST(a_stranger_keeps_its_place_whatever_it_does)
{
	setup();
	add(0, CONN_STRANGER, CONN_HELLO);
	add(1, CONN_STRANGER, CONN_HELLO);
	enter(&conns[0], CONN_IDLE);
	enter(&conns[0], CONN_BODY);
	enter(&conns[1], CONN_WAIT);
	ck_assert_str_eq(take_all(), "ab");
}
END_TEST

START_TEST(proxies_and_known_clients_come_after_strangers_and_idle_before_busy)
{
	setup();
	add(0, CONN_KNOWN, CONN_BODY);
	add(1, CONN_OF_PROXY, CONN_BODY);
	add(0, CONN_KNOWN, CONN_IDLE);
	add(1, CONN_OF_PROXY, CONN_IDLE);
	add(2, CONN_STRANGER, CONN_WAIT);
	add(1, CONN_OF_PROXY, CONN_WAIT);
	add(0, CONN_KNOWN, CONN_WAIT);
	ck_assert_str_eq(take_all(), "edcbfag");
}
END_TEST

/* As of requests, not of connections. */
START_TEST(of_those_at_work_the_one_that_began_first_is_first)
{
	setup();
	add(0, CONN_KNOWN, CONN_BODY);
	add(0, CONN_KNOWN, CONN_BODY);
	add(1, CONN_KNOWN, CONN_IDLE);
	enter(&conns[0], CONN_REPLY);
	enter(&conns[0], CONN_IDLE);
	enter(&conns[2], CONN_HEAD);
	enter(&conns[0], CONN_HEAD);
	ck_assert_str_eq(take_all(), "bca");
}
END_TEST

START_TEST(known_clients_have_a_few_each_and_not_all)
{
	size_t i;

	setup();
	for (i = 0; i < RANKS_KNOWN_PER_CLIENT; i++)
		ck_assert_int_eq(add(0, CONN_KNOWN, CONN_IDLE)->standing, CONN_KNOWN);
	ck_assert_int_eq(add(0, CONN_KNOWN, CONN_IDLE)->standing, CONN_STRANGER);
	ck_assert_int_eq(add(1, CONN_KNOWN, CONN_IDLE)->standing, CONN_KNOWN);
	ck_assert_int_eq(add(2, CONN_KNOWN, CONN_IDLE)->standing, CONN_KNOWN);
	ck_assert_int_eq(add(3, CONN_KNOWN, CONN_IDLE)->standing, CONN_STRANGER);
	/* One that goes makes a place for the next. */
	conn_ranks_remove(&ranks, &conns[5]);
	ck_assert_int_eq(add(3, CONN_KNOWN, CONN_IDLE)->standing, CONN_KNOWN);
	take_all();
	ck_assert_uint_eq(ranks.n_known, 0);
	for (i = 0; i < CLIENTS; i++)
		ck_assert_uint_eq(clients[i].n_known + clients[i].n_strangers, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whatever_strangers_do_the_oldest_of_the_largest_client_is_first,
		a_stranger_keeps_its_place_whatever_it_does,
		proxies_and_known_clients_come_after_strangers_and_idle_before_busy,
		of_those_at_work_the_one_that_began_first_is_first,
		known_clients_have_a_few_each_and_not_all,
	};

	return unit_run("conn_ranks", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The table of connections: its counts, its deadlines, who makes room for whom. */
#include "http/conn_table.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/metric.h"
#include "http/known_clients.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { HEAD_MS = 100, BODY_MS = 200, REPLY_MS = 300, IDLE_MS = 400 };

static struct conn_table *conns;
static struct known_clients *known;
static unsigned n_hurried;

/* Has no limit of its own. */
static const struct prefix proxy = {.addr = {ADDR_V4, {192, 0, 2, 200}}, .len = 32};

static void on_hurried(void *arg)
{
	ck_assert_ptr_eq(arg, &n_hurried);
	n_hurried++;
}

static void setup_paced(unsigned max, unsigned per_client, unsigned max_handed)
{
	struct conn_table_conf conf = {
		.max_connections = max,
		.max_per_client = per_client,
		.trust = {.n = 1, .at = &proxy},
		.timeout_ms = {[CONN_HEAD] = HEAD_MS,
			       [CONN_BODY] = BODY_MS,
			       [CONN_REPLY] = REPLY_MS,
			       [CONN_IDLE] = IDLE_MS},
		.max_handed = max_handed,
		.on_hurried = on_hurried,
		.arg = &n_hurried,
	};

	n_hurried = 0;
	ck_assert_int_eq(known_clients_new(&known), 0);
	conf.known = known;
	ck_assert_int_eq(conn_table_new(&conf, &conns), 0);
}

static void setup(unsigned max, unsigned per_client)
{
	setup_paced(max, per_client, 0);
}

/* Whatever was shut down or closed, nothing is counted any more. */
static void teardown(void)
{
	const struct addr anybody = value_addr("203.0.113.1");

	ck_assert_uint_eq(conn_table_count(conns), 0);
	ck_assert(conn_table_admit(conns, &anybody));
	conn_table_free(conns);
	known_clients_free(known);
}

/* A connection with a real socket, whose other end sees whether it was shut down. */
struct end {
	int fds[2];
	struct conn *conn;
};

static void end_open(struct end *e, const char *peer, int64_t now_ms)
{
	struct addr a = value_addr(peer);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e->fds), 0);
	e->conn = conn_table_open(conns, e->fds[0], &a, now_ms);
	ck_assert_ptr_nonnull(e->conn);
	ck_assert_ptr_eq(conn_table_start(conns, e->fds[0], now_ms), e->conn);
}

static void end_close(struct end *e)
{
	conn_table_close(conns, e->conn);
	ck_assert_int_eq(close(e->fds[0]), 0);
	ck_assert_int_eq(close(e->fds[1]), 0);
}

static bool end_is_shut(const struct end *e)
{
	char byte;

	return recv(e->fds[1], &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(each_phase_has_an_absolute_deadline_and_waiting_none)
{
	static const struct {
		enum conn_phase phase;
		int64_t timeout_ms; /* 0: none */
	} rows[] = {
		{CONN_HEAD, HEAD_MS}, {CONN_BODY, BODY_MS}, {CONN_REPLY, REPLY_MS},
		{CONN_IDLE, IDLE_MS}, {CONN_WAIT, 0},
	};
	int64_t end_ms;
	struct end e;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		setup(4, 4);
		end_open(&e, "192.0.2.1", 1000);
		conn_table_enter(conns, e.conn, rows[i].phase, 1000);
		/* Entering it again gives no more time. */
		conn_table_enter(conns, e.conn, rows[i].phase, 1050);
		end_ms = rows[i].timeout_ms > 0 ? 1000 + rows[i].timeout_ms : INT64_MAX;
		conn_table_reap(conns, end_ms - 1);
		ck_assert_msg(!end_is_shut(&e), "row %zu", i);
		conn_table_reap(conns, end_ms);
		ck_assert_msg(end_is_shut(&e) == (rows[i].timeout_ms > 0), "row %zu", i);
		/* What was shut down is counted until it is closed, and once. */
		ck_assert_uint_eq(conn_table_count(conns), 1);
		conn_table_enter(conns, e.conn, CONN_REPLY, 1000);
		conn_table_reap(conns, INT64_MAX);
		end_close(&e);
		teardown();
	}
}
END_TEST

START_TEST(a_client_is_a_v4_address_or_a_v6_site)
{
	static const struct {
		const char *first, *second;
		bool same;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8:0:100::1", "2001:db8:0:1ff::2", true},
		{"2001:db8:0:100::1", "2001:db8:0:200::1", false},
		{"::ffff:192.0.2.1", "192.0.2.1", true},
	};
	struct addr second;
	struct end e;
	int64_t open, rejected;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		setup(10, 1);
		open = metric_get(METRIC_HTTP_CONNECTIONS);
		rejected = metric_get(METRIC_HTTP_REJECTED_CLIENT);
		second = value_addr(rows[i].second);
		ck_assert(conn_table_admit(conns, &second));
		end_open(&e, rows[i].first, 0);
		ck_assert_msg(conn_table_admit(conns, &second) == !rows[i].same, "row %zu", i);
		rejected = metric_get(METRIC_HTTP_REJECTED_CLIENT) - rejected;
		ck_assert_msg(rejected == (rows[i].same ? 1 : 0), "row %zu", i);
		ck_assert_int_eq(metric_get(METRIC_HTTP_CONNECTIONS), open + 1);
		end_close(&e);
		ck_assert_int_eq(metric_get(METRIC_HTTP_CONNECTIONS), open);
		ck_assert_msg(conn_table_admit(conns, &second), "row %zu", i);
		teardown();
	}
}
END_TEST

/* Behind it are many clients: only the limit of all is for it. */
START_TEST(a_trusted_proxy_may_have_more_than_a_client)
{
	struct addr other = value_addr("192.0.2.201");
	struct end e[4];
	size_t i;

	setup(4, 1);
	for (i = 0; i < N_ELEMENTS(e); i++) {
		ck_assert_msg(conn_table_admit(conns, &proxy.addr), "%zu", i);
		end_open(&e[i], "192.0.2.200", 0);
		conn_table_enter(conns, e[i].conn, CONN_BODY, 0);
	}
	ck_assert(conn_table_admit(conns, &proxy.addr));
	ck_assert(end_is_shut(&e[0]) && !end_is_shut(&e[1]));
	ck_assert(conn_table_admit(conns, &other));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	teardown();
}
END_TEST

START_TEST(of_those_who_logged_in_who_idled_longest_makes_room)
{
	struct addr peer = value_addr("192.0.2.1"), other = value_addr("192.0.2.99");
	struct end e[8];
	size_t i;

	setup(N_ELEMENTS(e), N_ELEMENTS(e));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_open(&e[i], i < 4 ? "192.0.2.1" : "192.0.2.2", (int64_t)i);
	for (i = 0; i < 4; i++)
		conn_table_logged_in(conns, e[i].conn, &peer, 10);
	conn_table_enter(conns, e[2].conn, CONN_IDLE, 10);
	conn_table_enter(conns, e[1].conn, CONN_IDLE, 20);
	/* Strangers first, although they came later and do more. */
	for (i = 4; i < N_ELEMENTS(e); i++) {
		ck_assert(conn_table_admit(conns, &other));
		ck_assert_msg(end_is_shut(&e[i]), "%zu", i);
		end_close(&e[i]);
		end_open(&e[i], "192.0.2.200", 30);
	}
	/* Now the others are a proxy's, and at work. */
	ck_assert(conn_table_admit(conns, &other));
	ck_assert(end_is_shut(&e[2]) && !end_is_shut(&e[1]) && !end_is_shut(&e[0]));
	/* One was given way to; nobody took the place yet. */
	ck_assert(conn_table_admit(conns, &other));
	ck_assert(!end_is_shut(&e[1]));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	teardown();
}
END_TEST

START_TEST(a_client_that_logged_in_once_is_no_stranger_when_it_comes_again)
{
	struct addr peer = value_addr("192.0.2.1"), other = value_addr("192.0.2.99");
	struct end e[4];
	size_t i;

	setup(N_ELEMENTS(e), N_ELEMENTS(e));
	end_open(&e[0], "192.0.2.1", 0);
	conn_table_logged_in(conns, e[0].conn, &peer, 0);
	end_close(&e[0]);
	end_open(&e[0], "192.0.2.1", 10);
	for (i = 1; i < N_ELEMENTS(e); i++)
		end_open(&e[i], "192.0.2.2", 20);
	ck_assert(conn_table_admit(conns, &other));
	ck_assert(!end_is_shut(&e[0]) && end_is_shut(&e[1]));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	teardown();
}
END_TEST

/* Any phase: a flood may stop wherever it likes. */
START_TEST(whatever_they_do_strangers_make_room_and_are_counted)
{
	static const struct {
		enum conn_phase phase;
		enum metric metric;
	} rows[] = {
		{CONN_HELLO, METRIC_HTTP_SHED_HELLO}, {CONN_HEAD, METRIC_HTTP_SHED_HEAD},
		{CONN_BODY, METRIC_HTTP_SHED_BODY},   {CONN_REPLY, METRIC_HTTP_SHED_REPLY},
		{CONN_IDLE, METRIC_HTTP_SHED_IDLE},
	};
	struct addr other = value_addr("192.0.2.99");
	struct end e[N_ELEMENTS(rows)];
	int64_t before[N_ELEMENTS(rows)];
	size_t i;

	setup(N_ELEMENTS(rows), N_ELEMENTS(rows));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		before[i] = metric_get(rows[i].metric);
		end_open(&e[i], "192.0.2.1", (int64_t)i);
		conn_table_enter(conns, e[i].conn, rows[i].phase, (int64_t)i);
	}
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(!end_is_shut(&e[i]), "row %zu", i);
		ck_assert(conn_table_admit(conns, &other));
		ck_assert_msg(end_is_shut(&e[i]), "row %zu", i);
		ck_assert_int_eq(metric_get(rows[i].metric) - before[i], 1);
		ck_assert_int_eq(conn_table_fate(conns, e[i].conn), CONN_TURNED_OUT);
		end_close(&e[i]);
		end_open(&e[i], "192.0.2.1", 100);
	}
	for (i = 0; i < N_ELEMENTS(rows); i++)
		end_close(&e[i]);
	teardown();
}
END_TEST

/* Nobody looks at a suspended connection, so it is not shut down: its request is to be answered. */
START_TEST(who_waits_makes_room_by_an_early_answer)
{
	struct addr other = value_addr("192.0.2.99");
	int64_t before = metric_get(METRIC_HTTP_SHED_WAIT);
	uint64_t request = 0;
	struct end e[3];
	size_t i;

	setup(2, 4);
	for (i = 0; i < 2; i++) {
		end_open(&e[i], "192.0.2.1", 0);
		conn_table_wait(conns, e[i].conn, 70 + i);
	}
	ck_assert(!conn_table_take_hurried(conns, &request));
	ck_assert(conn_table_admit(conns, &other));
	ck_assert_uint_eq(n_hurried, 1);
	ck_assert_int_eq(metric_get(METRIC_HTTP_SHED_WAIT) - before, 1);
	ck_assert(atomic_load(&e[0].conn->is_hurried) && !atomic_load(&e[1].conn->is_hurried));
	ck_assert(conn_table_take_hurried(conns, &request));
	ck_assert_uint_eq(request, 70);
	ck_assert(!conn_table_take_hurried(conns, &request));
	/* Its place is taken already; its reply has a deadline like others. */
	end_open(&e[2], "192.0.2.99", 10);
	ck_assert(!end_is_shut(&e[0]));
	conn_table_enter(conns, e[0].conn, CONN_REPLY, 10);
	conn_table_reap(conns, 10 + REPLY_MS);
	ck_assert(end_is_shut(&e[0]) && !end_is_shut(&e[1]));
	/* One that is closed before anybody took its request. */
	ck_assert(conn_table_admit(conns, &other));
	ck_assert(conn_table_admit(conns, &other));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	ck_assert(!conn_table_take_hurried(conns, &request));
	teardown();
}
END_TEST

START_TEST(so_many_are_handed_over_at_a_time)
{
	struct addr a = value_addr("192.0.2.1");
	struct conn *c[3];
	int i;

	setup_paced(10, 10, 2);
	for (i = 0; i < 3; i++) {
		ck_assert(conn_table_admit(conns, &a));
		c[i] = conn_table_open(conns, 100 + i, &a, 0);
		ck_assert_ptr_nonnull(c[i]);
	}
	/* Nobody waits here, and where there is a place it is given in the end. */
	ck_assert_ptr_eq(conn_table_start(conns, 100, 0), c[0]);
	ck_assert(conn_table_admit(conns, &a));
	for (i = 0; i < 3; i++)
		conn_table_close(conns, c[i]);
	teardown();
}
END_TEST

START_TEST(a_drain_shuts_idle_ones_at_once_and_heads_after_their_grace)
{
	struct end e[6];
	size_t i;

	setup(10, 10);
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_open(&e[i], "192.0.2.1", 0);
	conn_table_enter(conns, e[1].conn, CONN_IDLE, 0);
	conn_table_enter(conns, e[2].conn, CONN_WAIT, 0);
	conn_table_enter(conns, e[4].conn, CONN_BODY, 0);
	conn_table_enter(conns, e[5].conn, CONN_IDLE, 0);
	conn_table_drain(conns, 10, 50);
	ck_assert(end_is_shut(&e[1]) && end_is_shut(&e[5]));
	conn_table_enter(conns, e[3].conn, CONN_IDLE, 20);
	ck_assert(end_is_shut(&e[3]));
	conn_table_reap(conns, 59);
	ck_assert(!end_is_shut(&e[0]));
	conn_table_reap(conns, 60);
	ck_assert(end_is_shut(&e[0]));
	ck_assert(!end_is_shut(&e[2]) && !end_is_shut(&e[4]));
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	teardown();
}
END_TEST

/* Whom a proxy brings counts as itself, and the proxy has one less. */
START_TEST(a_connection_is_counted_for_whom_the_proxy_names)
{
	struct addr client = value_addr("192.0.2.1"), other = value_addr("192.0.2.2");
	int64_t rejected = metric_get(METRIC_HTTP_REJECTED_CLIENT);
	struct end e[4];
	size_t i;

	setup(4, 1);
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_open(&e[i], "192.0.2.200", 0);
	ck_assert(conn_table_rename(conns, e[0].conn, &client));
	ck_assert(addr_equal(&e[0].conn->peer, &client));
	ck_assert(!conn_table_admit(conns, &client));
	ck_assert_int_eq(metric_get(METRIC_HTTP_REJECTED_CLIENT) - rejected, 1);
	/* One too many of the same client, which is shut down; another client is not concerned. */
	ck_assert(!conn_table_rename(conns, e[1].conn, &client));
	ck_assert(end_is_shut(&e[1]) && !end_is_shut(&e[0]));
	ck_assert_int_eq(metric_get(METRIC_HTTP_REJECTED_CLIENT) - rejected, 2);
	/* A proxy behind the proxy has no limit either. */
	ck_assert(conn_table_rename(conns, e[3].conn, &proxy.addr));
	ck_assert(conn_table_rename(conns, e[2].conn, &other));
	ck_assert_uint_eq(conn_table_count(conns), 4);
	for (i = 0; i < N_ELEMENTS(e); i++)
		end_close(&e[i]);
	ck_assert(conn_table_admit(conns, &client));
	ck_assert(conn_table_admit(conns, &other));
	teardown();
}
END_TEST

/* It is closed soon, and was counted when it was shut down. */
START_TEST(what_was_shut_down_may_be_renamed_to_whomever)
{
	struct addr client = value_addr("192.0.2.1");
	int64_t rejected = metric_get(METRIC_HTTP_REJECTED_CLIENT);
	struct end e[2];

	setup(4, 1);
	end_open(&e[0], "192.0.2.1", 0);
	end_open(&e[1], "192.0.2.200", 0);
	conn_table_reap(conns, HEAD_MS);
	ck_assert(conn_table_rename(conns, e[1].conn, &client));
	ck_assert_int_eq(metric_get(METRIC_HTTP_REJECTED_CLIENT), rejected);
	ck_assert_int_eq(conn_table_fate(conns, e[1].conn), CONN_TIMED_OUT);
	end_close(&e[0]);
	end_close(&e[1]);
	teardown();
}
END_TEST

/* There are as many places for clients as for connections: no more is taken on the way. */
START_TEST(a_full_table_of_connections_can_all_be_renamed)
{
	struct addr peer = value_addr("10.0.0.0");
	static struct conn *all[64];
	size_t i, n;

	setup(1, 1);
	n = conn_table_capacity(conns);
	ck_assert_uint_le(n, N_ELEMENTS(all));
	for (i = 0; i < n; i++) {
		peer.bytes[3] = (uint8_t)i;
		ck_assert_ptr_nonnull(conn_table_open(conns, -1, &peer, 0));
		all[i] = conn_table_start(conns, -1, 0);
	}
	for (i = 0; i < n; i++) {
		peer.bytes[3] = (uint8_t)(100 + i);
		ck_assert_msg(conn_table_rename(conns, all[i], &peer), "%zu", i);
	}
	for (i = 0; i < n; i++)
		conn_table_close(conns, all[i]);
	teardown();
}
END_TEST

enum { FLOOD = 4000, SLOTS = 64 };

/* Opens and closes in no order, beyond every limit; whatever was refused or shut, the counts return
 * to zero and every client may come again. */
START_TEST(the_counts_balance_after_a_flood)
{
	static struct conn *slots[SLOTS];
	struct addr peer = value_addr("192.0.2.0");
	unsigned random = 12345, refused = 0;
	int i;

	setup(16, 3);
	for (i = 0; i < FLOOD; i++) {
		random = random * 1103515245 + 12345;
		peer.bytes[3] = (uint8_t)(random >> 16 & 31);
		if (slots[i % SLOTS] != NULL)
			conn_table_close(conns, slots[i % SLOTS]);
		slots[i % SLOTS] = NULL;
		if (!conn_table_admit(conns, &peer)) {
			refused++;
			continue;
		}
		slots[i % SLOTS] = conn_table_open(conns, -1, &peer, i);
		ck_assert_ptr_eq(conn_table_start(conns, -1, i), slots[i % SLOTS]);
		ck_assert_ptr_nonnull(slots[i % SLOTS]);
		conn_table_enter(conns, slots[i % SLOTS],
				 (enum conn_phase)(CONN_HEAD + (random >> 24 & 3)), i);
		conn_table_reap(conns, i);
		ck_assert_uint_le(conn_table_count(conns), conn_table_capacity(conns));
	}
	ck_assert_uint_gt(refused, 0);
	for (i = 0; i < SLOTS; i++)
		conn_table_close(conns, slots[i]);
	ck_assert_uint_eq(conn_table_count(conns), 0);
	for (i = 0; i < 32; i++) {
		peer.bytes[3] = (uint8_t)i;
		ck_assert_msg(conn_table_admit(conns, &peer), "client %d", i);
	}
	teardown();
}
END_TEST

START_TEST(a_full_table_opens_nothing_more)
{
	struct addr peer = value_addr("10.0.0.0");
	struct conn *first = NULL, *c;
	size_t i;

	setup(1, 1);
	for (i = 0; i < conn_table_capacity(conns); i++) {
		peer.bytes[3] = (uint8_t)i;
		c = conn_table_open(conns, -1, &peer, 0);
		ck_assert_ptr_nonnull(c);
		ck_assert_ptr_eq(conn_table_start(conns, -1, 0), c);
		c->requests = 0;
		c->certificate = (struct certificate *)first; /* a chain, to find them again */
		first = c;
	}
	peer.bytes[3] = (uint8_t)i;
	ck_assert_ptr_null(conn_table_open(conns, -1, &peer, 0));
	for (c = first; c != NULL; c = first) {
		first = (struct conn *)c->certificate;
		conn_table_close(conns, c);
	}
	teardown();
}
END_TEST

START_TEST(a_drain_lets_a_request_be_answered_that_has_come_already)
{
	struct end e;

	setup(4, 4);
	end_open(&e, "192.0.2.1", 0);
	conn_table_enter(conns, e.conn, CONN_IDLE, 0);
	ck_assert_int_eq(send(e.fds[1], "G", 1, 0), 1);
	conn_table_drain(conns, 10, 50);
	conn_table_reap(conns, 59);
	ck_assert(!end_is_shut(&e));
	conn_table_enter(conns, e.conn, CONN_WAIT, 59);
	conn_table_reap(conns, 60);
	ck_assert(!end_is_shut(&e));
	/* Of another request nobody waits. */
	conn_table_enter(conns, e.conn, CONN_IDLE, 70);
	ck_assert(end_is_shut(&e));
	end_close(&e);
	teardown();
}
END_TEST

START_TEST(a_pool_thread_that_starts_nothing_does_not_get_on)
{
	enum { LIMIT_MS = 100 };
	struct addr a = value_addr("192.0.2.1");
	struct end started, e;

	setup(4, 4);
	ck_assert(conn_table_gets_on(conns, INT64_MAX, 0));
	end_open(&started, "192.0.2.1", 0);
	ck_assert(conn_table_gets_on(conns, INT64_MAX, LIMIT_MS));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e.fds), 0);
	e.conn = conn_table_open(conns, e.fds[0], &a, 1000);
	ck_assert(conn_table_gets_on(conns, 1000 + LIMIT_MS - 1, LIMIT_MS));
	ck_assert(!conn_table_gets_on(conns, 1000 + LIMIT_MS, LIMIT_MS));
	ck_assert_ptr_eq(conn_table_start(conns, e.fds[0], 5000), e.conn);
	ck_assert(conn_table_gets_on(conns, 5000, LIMIT_MS));
	end_close(&e);
	/* One that the library closed without a word says nothing of its thread. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e.fds), 0);
	ck_assert_ptr_nonnull(conn_table_open(conns, e.fds[0], &a, 0));
	close(e.fds[0]);
	ck_assert(conn_table_gets_on(conns, 1000, LIMIT_MS));
	close(e.fds[1]);
	conn_table_reap(conns, INT64_MAX);
	end_close(&started);
	teardown();
}
END_TEST

enum { HANDED_MS = 60 * 1000 };

/* Counted and never shut down: its descriptor may be another file's by then. */
START_TEST(what_was_handed_over_and_never_started_is_dropped)
{
	struct addr a = value_addr("192.0.2.1"), b = value_addr("192.0.2.2");
	int64_t open = metric_get(METRIC_HTTP_CONNECTIONS);
	struct end e;

	setup(4, 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e.fds), 0);
	ck_assert_ptr_nonnull(conn_table_open(conns, e.fds[0], &a, 0));
	ck_assert(!conn_table_admit(conns, &a));
	conn_table_reap(conns, HANDED_MS - 1);
	conn_table_drain(conns, HANDED_MS - 1, 0);
	ck_assert_uint_eq(conn_table_count(conns), 1);
	conn_table_reap(conns, HANDED_MS);
	ck_assert(!end_is_shut(&e));
	ck_assert_uint_eq(conn_table_count(conns), 0);
	ck_assert_int_eq(metric_get(METRIC_HTTP_CONNECTIONS), open);
	ck_assert(conn_table_admit(conns, &a));
	ck_assert_ptr_null(conn_table_start(conns, e.fds[0], HANDED_MS));
	/* A descriptor that comes up again was closed, and closed is what it was before. */
	ck_assert_ptr_nonnull(conn_table_open(conns, e.fds[0], &a, 0));
	e.conn = conn_table_open(conns, e.fds[0], &b, 0);
	ck_assert_uint_eq(conn_table_count(conns), 1);
	ck_assert(conn_table_admit(conns, &a));
	ck_assert(!conn_table_admit(conns, &b));
	ck_assert_ptr_eq(conn_table_start(conns, e.fds[0], 0), e.conn);
	ck_assert_ptr_null(conn_table_start(conns, e.fds[0], 0));
	ck_assert(addr_equal(&e.conn->peer, &b));
	end_close(&e);
	/* One that was refused by the pool, and one that is left when all is over. */
	conn_table_close(conns, conn_table_open(conns, 7, &a, 0));
	ck_assert_uint_eq(conn_table_count(conns), 0);
	ck_assert_ptr_nonnull(conn_table_open(conns, 7, &a, 0));
	conn_table_free(conns);
	known_clients_free(known);
	ck_assert_int_eq(metric_get(METRIC_HTTP_CONNECTIONS), open);
}
END_TEST

START_TEST(the_time_of_a_head_begins_at_the_start_and_no_room_is_made_before)
{
	struct addr a = value_addr("192.0.2.1"), other = value_addr("192.0.2.99");
	struct end e;

	setup(1, 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e.fds), 0);
	e.conn = conn_table_open(conns, e.fds[0], &a, 0);
	ck_assert(!conn_table_admit(conns, &other));
	conn_table_reap(conns, HEAD_MS);
	ck_assert_ptr_eq(conn_table_start(conns, e.fds[0], HEAD_MS), e.conn);
	conn_table_reap(conns, 2 * HEAD_MS - 1);
	ck_assert(!end_is_shut(&e));
	ck_assert(conn_table_admit(conns, &other));
	ck_assert(end_is_shut(&e));
	end_close(&e);
	teardown();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_phase_has_an_absolute_deadline_and_waiting_none,
		a_client_is_a_v4_address_or_a_v6_site,
		a_trusted_proxy_may_have_more_than_a_client,
		of_those_who_logged_in_who_idled_longest_makes_room,
		a_client_that_logged_in_once_is_no_stranger_when_it_comes_again,
		whatever_they_do_strangers_make_room_and_are_counted,
		who_waits_makes_room_by_an_early_answer,
		so_many_are_handed_over_at_a_time,
		a_drain_shuts_idle_ones_at_once_and_heads_after_their_grace,
		a_drain_lets_a_request_be_answered_that_has_come_already,
		a_pool_thread_that_starts_nothing_does_not_get_on,
		a_connection_is_counted_for_whom_the_proxy_names,
		what_was_shut_down_may_be_renamed_to_whomever,
		a_full_table_of_connections_can_all_be_renamed,
		the_counts_balance_after_a_flood,
		a_full_table_opens_nothing_more,
		what_was_handed_over_and_never_started_is_dropped,
		the_time_of_a_head_begins_at_the_start_and_no_room_is_made_before,
	};

	return unit_run("conn_table", tests, N_ELEMENTS(tests));
}

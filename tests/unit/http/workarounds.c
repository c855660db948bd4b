/* SPDX-License-Identifier: BSD-2-Clause
 * What can be tried of the workarounds without a library that needs them; the rest is in
 * tests/unit/http/server.c, listener.c and handshake.c. */
#include "http/workarounds.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/conn.h"
#include "kit/unit.h"

enum { KB = 1024, ROOM = 512 * KB };

/* Sends len bytes into fd, as far as there is room. */
static void send_all(int fd, size_t len)
{
	static const char bytes[ROOM];

	ck_assert_int_eq(send(fd, bytes, len, MSG_DONTWAIT), (ssize_t)len);
}

/* How many bytes there are to be read. */
static size_t bytes_in(int fd)
{
	char bytes[KB];
	size_t n = 0;
	ssize_t got;

	while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	return n;
}

/* Whoever sends without an end does not keep a thread for ever. */
START_TEST(what_comes_behind_a_refused_head_is_dropped_up_to_a_limit)
{
	static const struct {
		enum screen_verdict verdict;
		size_t sent, left;
	} rows[] = {
		{SCREEN_OK, 100, 100},
		{SCREEN_BAD, 0, 0},
		{SCREEN_BAD, 1, 0},
		{SCREEN_VERSION, 100 * KB, 0},
		{SCREEN_HEAD_TOO_LARGE, 128 * KB, 0},
		{SCREEN_BODY_TOO_LARGE, 128 * KB + 1, 1},
	};
	const int room = ROOM;
	struct conn c = {.tls = NULL};
	int ends[2];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		ck_assert_int_eq(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)),
				 0);
		c.fd = ends[0];
		c.screen.verdict = rows[i].verdict;
		send_all(ends[1], rows[i].sent);
		workaround_discard(&c);
		ck_assert_msg(bytes_in(ends[0]) == rows[i].left, "row %zu", i);
		close(ends[0]);
		close(ends[1]);
	}
}
END_TEST

START_TEST(what_is_about_this_machine_is_told_from_what_a_peer_did)
{
	static const struct {
		const char *message;
		bool is_ours;
	} rows[] = {
		{"Error allocating memory for %s\n", true},
		{"poll failed: %s\n", true},
		{"Server reached connection limit. Closing inbound connection.\n", true},
		{"Failed to create thread: %s\n", true},
		{"Failed to signal resume of connection via inter-thread communication channel.",
		 true},
		{"poll", false},
		{"Failed to receive", false},
		{"Error: received handshake message out of context\n", false},
		{"", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(workaround_is_our_trouble(rows[i].message) == rows[i].is_ours,
			      "row %zu", i);
}
END_TEST

/* No share of a thread is as small as what all of them may have. */
START_TEST(no_thread_reaches_its_share_of_the_connections)
{
	static const struct {
		size_t most;
		unsigned threads, want;
	} rows[] = {
		{1, 1, 2},
		{100, 1, 101},
		{100, 4, 404},
		{INT_MAX - 1, 1, INT_MAX},
		{INT_MAX / 2, 2, INT_MAX},
		{INT_MAX / 2 - 1, 2, INT_MAX - 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(workaround_connection_limit(rows[i].most, rows[i].threads) ==
				      rows[i].want,
			      "row %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_comes_behind_a_refused_head_is_dropped_up_to_a_limit,
		what_is_about_this_machine_is_told_from_what_a_peer_did,
		no_thread_reaches_its_share_of_the_connections,
	};

	return unit_run("workarounds", tests, N_ELEMENTS(tests));
}

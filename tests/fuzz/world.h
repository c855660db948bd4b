/* SPDX-License-Identifier: BSD-2-Clause
 * The daemon without its configuration: the real front with libmicrohttpd on the loopback, the real
 * engine, accounts in memory and a builtin zone. One thread runs the core's loop and is the client.
 */
#ifndef MOORING_TESTS_FUZZ_WORLD_H
#define MOORING_TESTS_FUZZ_WORLD_H

#include <stddef.h>
#include <stdint.h>

enum world_listener {
	WORLD_PLAIN,   /* a login may stand in the query */
	WORLD_PROXIED, /* begins with the header of the PROXY protocol */
};
enum { WORLD_REPLY_MAX = 1 << 20 };

/* The account "router" with the password "secret" and two hosts, home.dyn.example.com and
 * nas.dyn.example.com. */
void world_open(void);
/* Sends the bytes and no more, and receives until the server closes. Returns how many bytes came.
 * Aborts when it does not close. */
size_t world_exchange(enum world_listener listener, const uint8_t *data, size_t size,
		      char reply[WORLD_REPLY_MAX]);
/* Drains, closes, and checks that nothing is left. */
void world_close(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/workarounds.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "http/handshake.h"

/* ---------------------------------------------------------------- libmicrohttpd's log */

/* The beginnings of its messages; they are the same in 0.9.75, 1.0.1 and 1.0.10. A message that is
 * not among them is for debugging. */
bool workaround_is_our_trouble(const char *fmt)
{
	static const char *const beginnings[] = {
		"Error accepting connection",
		"Hit process or system resource limit",
		"Error allocating memory",
		"poll failed",
		"Server reached connection limit",
		"Failed to create",
		"Failed to signal",
	};
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(fmt, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------------- libmicrohttpd's pool */

/* Each thread has its share of the limit, and one that is at it takes the listening socket out of
 * its poll set, which goes wrong in the library at quiesce time; so that none ever is, every share
 * is above our own limit. */
unsigned workaround_connection_limit(size_t most, unsigned threads)
{
	size_t n = (most + 1) * threads;

	return n < INT_MAX ? (unsigned)n : INT_MAX;
}

/* ---------------------------------------------------------------- how a handshake ended */

typedef int handshake_fn(gnutls_session_t session);

static handshake_fn *theirs;

static void find_theirs(void)
{
	theirs = (handshake_fn *)(uintptr_t)dlsym(RTLD_NEXT, "gnutls_handshake");
}

__attribute__((visibility("default"))) int gnutls_handshake(gnutls_session_t session)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct handshake *h = handshake_of(session);
	int r;

	(void)pthread_once(&once, find_theirs);
	if (theirs == NULL)
		return GNUTLS_E_INTERNAL_ERROR;
	r = theirs(session);
	if (h != NULL)
		handshake_returned(h, session, r);
	return r;
}

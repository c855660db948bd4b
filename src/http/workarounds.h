/* SPDX-License-Identifier: BSD-2-Clause
 * Everything that is here only because of what some version of libmicrohttpd or GnuTLS does, each
 * with the versions that need it. What is no longer needed is deleted here and nowhere else.
 * Private to http/. */
#ifndef MOORING_HTTP_WORKAROUNDS_H
#define MOORING_HTTP_WORKAROUNDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a message of libmicrohttpd's log is about this machine, which is for the administrator,
 * and not about what a peer did. All versions: its log has text and no level. */
bool workaround_is_our_trouble(const char *fmt);

/* MHD_OPTION_CONNECTION_LIMIT for a pool of threads that is to have at most most connections. All
 * versions: see there. */
unsigned workaround_connection_limit(size_t most, unsigned threads);

#endif

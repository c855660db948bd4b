/* SPDX-License-Identifier: BSD-2-Clause
 * Clients that need a quirk which their account lacks: what such a client is told, it takes for
 * something else. The log says so, with the command that mends it, once a day and account. Core
 * thread. */
#ifndef MOORING_ENGINE_AGENTS_H
#define MOORING_ENGINE_AGENTS_H

#include <stddef.h>

#include "base/str.h"

struct agents;

/* Accounts that the log has told of within a day; of more it says nothing. */
enum { AGENTS_MAX = 1024 };
enum { AGENTS_AGAIN_MS = 24 * 60 * 60 * 1000 };

/* ERR_NOMEM. */
int agents_new(struct agents **ret);
/* NULL is fine. */
void agents_free(struct agents *a);

/* The quirks (enum account_quirk, or-ed) that the client with this User-Agent needs for replies of
 * n_lines lines. *ret_client, NULL: nobody asks, is what it is called. */
unsigned agents_need(struct slice agent, size_t n_lines, const char **ret_client);

/* An update of user, whose password was right and whose account has these quirks, got n_lines
 * lines. */
void agents_see(struct agents *a, const char *user, unsigned quirks, struct slice agent,
		size_t n_lines);

#endif

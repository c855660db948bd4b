/* SPDX-License-Identifier: BSD-2-Clause
 * Clients by name, and the names that resemble a wrong one. Pure. */
#ifndef MOORING_CTL_CLIENT_FIND_H
#define MOORING_CTL_CLIENT_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct client_text;

/* What a listener must offer, as bits. */
enum client_need {
	CLIENT_NEEDS_QUERY_CREDENTIALS = 1,
	CLIENT_NEEDS_PLAIN_HTTP = 2,
	CLIENT_NEEDS_LEGACY_TLS = 4,
};

/* The client of that name or alias, whatever its case and punctuation ("FRITZ!Box" is fritzbox).
 * ERR_NOTFOUND with a sentence that has the nearest names. */
int client_find(const char *name, const struct client_text **ret, struct errinfo *ei);

/* Calls each for every word of the client's needs that is a quirk of an account. */
typedef void client_quirk_fn(void *arg, const char *quirk);
void client_each_quirk(const struct client_text *c, client_quirk_fn *each, void *arg);
/* Its needs of a listener: enum client_need, or-ed. */
unsigned client_needs(const struct client_text *c);

#endif

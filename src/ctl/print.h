/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl prints, as text and as JSON (design §10: scripts rely on these forms). */
#ifndef MOORING_CTL_PRINT_H
#define MOORING_CTL_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "account/account.h"

/* {"user", "secret"?, "hosts": [...]}: a new secret, shown once. */
void print_secret(const struct account *a, const char *secret, bool json);
/* One line, or an element of the list. */
void print_account_line(const struct account *a);
/* {"user", "hosts": [...], "ttl", "disabled", "quirks": [...]}; NULL when memory ran out. */
json_t *print_account_json(const struct account *a, bool with_state);
/* Everything about one account. */
void print_account(const struct account *a, bool json);
/* Prints and releases root. */
void print_json(json_t *root);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl prints, as text and as JSON. Scripts rely on these forms. */
#ifndef MOORING_CTL_PRINT_H
#define MOORING_CTL_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "account/account.h"
#include "base/err.h"

struct table;

/* A moment in UTC, as 2027-01-31T12:00:00Z; 0: "never". Returns out, or the word. */
enum { PRINT_TIME_MAX = 32 };
const char *print_time(int64_t time_s, char out[PRINT_TIME_MAX]);
/* {"user", "secret"?, "hosts": [...]}: a new secret, shown once. */
void print_secret(const struct account *a, const char *secret, bool json);
/* A line of the list of accounts: login, status, host names; of a malformed one those that could be
 * read. */
int print_account_line(struct table *t, const struct account *a);
/* The same of a host: name, login, addresses, status. 0 or ERR_NOMEM. */
int print_host_line(struct table *t, const struct account *a, const struct account_host *h);
/* {"host", "user", "ipv4", "ipv6", "published", "time"}. */
json_t *print_host_json(const struct account *a, const struct account_host *h);
/* {"user", "hosts": [...], "ttl", "disabled", "quirks": [...], "secret-form"}; with "valid-until",
 * "from": [...] and "pepper", a number, where it has them, and with "malformed" or "ignored", a
 * sentence, when something of it cannot be used. NULL when memory ran out. */
json_t *print_account_json(const struct account *a, bool with_state);
/* Everything about one account. */
void print_account(const struct account *a, bool json);
/* Prints and releases root. */
void print_json(json_t *root);
/* Shows at once what was printed; why that failed is told by print_finish(). */
void print_flush(void);
/* Writes out what was printed. ERR_IO with a sentence when standard output took not all of it; what
 * is left is dropped, and told once. */
int print_finish(struct errinfo *ei);

#endif

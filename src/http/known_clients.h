/* SPDX-License-Identifier: BSD-2-Clause
 * The clients that have logged in lately, by address or IPv6 site (net/prefix.h): a table of a
 * fixed size, in which the one that logged in longest ago makes room. Any thread; time is an
 * argument. Private to http/. */
#ifndef MOORING_HTTP_KNOWN_CLIENTS_H
#define MOORING_HTTP_KNOWN_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

struct known_clients;
struct prefix;

/* Routers come once a day at least, and may be late. Each client takes about 100 bytes. */
enum { KNOWN_CLIENTS_MAX = 16384, KNOWN_CLIENTS_MS = 48 * 3600 * 1000 };

/* ERR_NOMEM. */
int known_clients_new(struct known_clients **ret);
/* NULL is fine. */
void known_clients_free(struct known_clients *k);

void known_clients_add(struct known_clients *k, const struct prefix *p, int64_t now_ms);
bool known_clients_have(struct known_clients *k, const struct prefix *p, int64_t now_ms);

#endif

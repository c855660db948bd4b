/* SPDX-License-Identifier: BSD-2-Clause
 * What most tests of the engine begin with: one account of two hosts in a store in memory, a zone,
 * and an engine between them. */
#ifndef MOORING_TESTS_KIT_ENGINE_WORLD_H
#define MOORING_TESTS_KIT_ENGINE_WORLD_H

#include "kit/engine_kit.h"

#define HOME	 "home.dyn.example.com"
#define SECOND	 "second.dyn.example.com"
#define ASK_HOME "hostname=" HOME "&myip="

extern struct store *store;	  /* has "router", whose password is "secret" */
extern struct fault_store *fault; /* before store; what the engine sees */
extern struct fake_dns *dns;
extern struct engine_conf conf;
extern struct engine *engine; /* NULL: the test has closed it */

void world_open(bool is_volatile);
void world_close(void);
/* The next n calls of the verb fail. */
void misbehave(enum kit_verb verb, unsigned n, int err, bool is_applied);
/* Waits until zone and store agree on the address, and nothing is owed. */
void assert_at_rest(const char *host, const char *addr);
/* The same for both families, as "81.2.69.1,2a02::1". */
void assert_published(const char *host, const char *addrs);

#endif

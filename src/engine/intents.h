/* SPDX-License-Identifier: BSD-2-Clause
 * How intents are stored where several accounts may have one name, and several daemons serve them:
 * the name's claim lists its owners, and who changes a name marks the states of the others as over
 * (store/store.h). Core thread.
 *
 * An account that is alone with its name is marked by whoever joins it, and its own next intent
 * does not fit then. So its claim is read for the first change of a process, and not for each; an
 * unchanged address reads it never.
 *
 * Owners who want the same addresses need not take turns: the first intent of a process marks the
 * others whatever they want, so that nobody goes on as if alone; later ones only mark whom they
 * overwrite. */
#ifndef MOORING_ENGINE_INTENTS_H
#define MOORING_ENGINE_INTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct intents;

/* Accounts and names of which it is remembered whether there is another owner; of two that hash to
 * one place the later one stays, and the other costs a read more. */
enum { INTENTS_NAMES_MAX = 65536 };
/* A store that denied a claim is not asked for one again for this long: the state is then as it is
 * without claims. */
enum { INTENTS_DENIED_MS = 5 * 60 * 1000 };

/* store, which has claims, is borrowed until intents_close(). ERR_NOMEM. */
int intents_new(struct store *store, uint64_t seed, struct intents **ret);
/* As the verb intend of the store, also in its errors; ERR_CONFLICT also when a claim was changed
 * meanwhile. */
int intents_store(struct intents *in, const char *user, const struct store_intent *intents,
		  size_t n, store_done_fn *done, void *arg);
/* What is under way ends with ERR_CANCELED when the store's call comes back. NULL is fine, here and
 * below. */
void intents_close(struct intents *in);
/* When nothing is under way any more. */
void intents_free(struct intents *in);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: is there any account in the table? Core thread. */
#ifndef MOORING_STORE_DYNAMODB_EMPTY_H
#define MOORING_STORE_DYNAMODB_EMPTY_H

#include <jansson.h>
#include <stdbool.h>

#include "store/store.h"

/* As in struct store_ops. A table of which many pages hold nothing but items that are no accounts
 * is taken for empty: then an unknown login gets 911, which no router stops at. */
int dynamodb_is_empty(struct store *s, store_decided_fn *done, void *arg);
/* Whether the key of an item could be a login: none holds a colon. */
bool dynamodb_is_account_key(const json_t *item);

#endif

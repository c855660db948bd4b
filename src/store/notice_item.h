/* SPDX-License-Identifier: BSD-2-Clause
 * Notices in a DynamoDB table: a fixed number of slots beside the accounts, items whose keys are
 * "notify:000" to "notify:255", which no login can be, so that all notices are found without a
 * Scan. A slot without the attribute `id` is empty. `history-ttl` is for the table's time to live,
 * of which it has one (store/history_item.h). Pure; core thread.
 *
 * Functions that return JSON return a new reference, or NULL when memory is out. The conditions'
 * failures tell the item. */
#ifndef MOORING_STORE_NOTICE_ITEM_H
#define MOORING_STORE_NOTICE_ITEM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/notice.h"

#define NOTICE_PREFIX "notify:"

enum {
	NOTICE_SLOTS = 256, /* a power of two */
	/* Slots that one notice may be in. With half of all slots in use, one of 256 finds none. */
	NOTICE_PROBES = 8,
	NOTICE_KEY_SIZE = sizeof(NOTICE_PREFIX) + 3,
};

const char *notice_key(unsigned slot, char key[NOTICE_KEY_SIZE]);
/* The probe-th slot of a notice, from 0 on. The same in every process and version. */
unsigned notice_slot(const char *id, const char *target, unsigned probe);

/* GetItem. Where it need not be the latest, it costs the half. */
json_t *notice_request_get(const char *table, unsigned slot, bool is_latest);
/* UpdateItem of an empty slot. */
json_t *notice_request_put(const char *table, unsigned slot, const struct notice *n);
/* The same of a slot that has dead, which was given up. */
json_t *notice_request_replace(const char *table, unsigned slot, const struct notice *n,
			       const struct notice *dead);
/* The verbs of struct store_notice_ops, of a slot that has n. */
json_t *notice_request_claim(const char *table, unsigned slot, const struct notice *n,
			     int64_t now_s);
json_t *notice_request_update(const char *table, unsigned slot, const struct notice *n);
json_t *notice_request_remove(const char *table, unsigned slot, const struct notice *n);

/* Whether the item, which may be NULL, is the slot of that one. */
bool notice_item_is(const json_t *item, const char *id, const char *target);
/* False: it is NULL, empty, or no notice that a store would have taken. */
bool notice_item_read(const json_t *item, struct notice *ret);

#endif

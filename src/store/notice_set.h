/* SPDX-License-Identifier: BSD-2-Clause
 * Notices in memory, with the conditions of struct store_notice_ops: what a store does with them,
 * at once. Bounded. Pure; one thread. */
#ifndef MOORING_STORE_NOTICE_SET_H
#define MOORING_STORE_NOTICE_SET_H

#include <stddef.h>
#include <stdint.h>

struct notice;
struct notice_set;

/* Of at most max notices. NULL: out of memory. */
struct notice_set *notice_set_new(size_t max);
/* NULL is fine. */
void notice_set_free(struct notice_set *set);

/* As the verbs of store/store.h. */
int notice_set_put(struct notice_set *set, const struct notice *n);
int notice_set_claim(struct notice_set *set, const char *id, const char *target, const char *holder,
		     int64_t now_s, int64_t until_s);
int notice_set_update(struct notice_set *set, const struct notice *n);
int notice_set_remove(struct notice_set *set, const char *id, const char *target,
		      const char *holder);

/* The oldest of them, or the one after that one, which is in the set; NULL: there are no more. */
const struct notice *notice_set_next(const struct notice_set *set, const struct notice *after);
size_t notice_set_count(const struct notice_set *set);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/notice_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/str.h"
#include "store/notice.h"

struct kept_notice {
	TAILQ_ENTRY(kept_notice) link;
	struct notice notice;
};

TAILQ_HEAD(kept_notices, kept_notice);

struct notice_set {
	size_t max, count;
	struct kept_notices kept; /* in the order in which they came; owned */
};

struct notice_set *notice_set_new(size_t max)
{
	struct notice_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->max = max;
	TAILQ_INIT(&set->kept);
	return set;
}

static void notice_set_drop(struct notice_set *set, struct kept_notice *k)
{
	TAILQ_REMOVE(&set->kept, k, link);
	set->count--;
	free(k);
}

void notice_set_free(struct notice_set *set)
{
	if (set == NULL)
		return;
	while (!TAILQ_EMPTY(&set->kept))
		notice_set_drop(set, TAILQ_FIRST(&set->kept));
	free(set);
}

static struct kept_notice *notice_set_find(const struct notice_set *set, const char *id,
					   const char *target)
{
	struct kept_notice *k;

	TAILQ_FOREACH(k, &set->kept, link) {
		if (notice_has_key(&k->notice, id, target))
			return k;
	}
	return NULL;
}

/* The oldest one that was given up makes room. */
static int notice_set_make_room(struct notice_set *set)
{
	struct kept_notice *k;

	if (set->count < set->max)
		return 0;
	TAILQ_FOREACH(k, &set->kept, link) {
		if (k->notice.state == NOTICE_DEAD) {
			notice_set_drop(set, k);
			return 0;
		}
	}
	return ERR_LIMIT;
}

int notice_set_put(struct notice_set *set, const struct notice *n)
{
	struct kept_notice *k;
	int err;

	if (notice_set_find(set, n->id, n->target) != NULL)
		return ERR_EXISTS;
	err = notice_set_make_room(set);
	if (err != 0)
		return err;
	k = malloc(sizeof(*k));
	if (k == NULL)
		return ERR_NOMEM;
	k->notice = *n;
	TAILQ_INSERT_TAIL(&set->kept, k, link);
	set->count++;
	return 0;
}

int notice_set_claim(struct notice_set *set, const char *id, const char *target, const char *holder,
		     int64_t now_s, int64_t until_s)
{
	struct kept_notice *k = notice_set_find(set, id, target);

	if (k == NULL)
		return ERR_NOTFOUND;
	if (!notice_is_free(&k->notice, holder, now_s))
		return ERR_CONFLICT;
	str_copy(k->notice.holder, sizeof(k->notice.holder), slice_of(holder));
	k->notice.held_until_s = until_s;
	return 0;
}

/* 0: holder has it. */
static int notice_set_held(const struct notice_set *set, const char *id, const char *target,
			   const char *holder, struct kept_notice **ret)
{
	*ret = notice_set_find(set, id, target);
	if (*ret == NULL)
		return ERR_NOTFOUND;
	return strcmp((*ret)->notice.holder, holder) == 0 ? 0 : ERR_CONFLICT;
}

int notice_set_update(struct notice_set *set, const struct notice *n)
{
	struct kept_notice *k;
	int err = notice_set_held(set, n->id, n->target, n->holder, &k);

	if (err == 0)
		notice_apply(&k->notice, n);
	return err;
}

int notice_set_remove(struct notice_set *set, const char *id, const char *target,
		      const char *holder)
{
	struct kept_notice *k;
	int err = notice_set_held(set, id, target, holder, &k);

	if (err == 0)
		notice_set_drop(set, k);
	return err;
}

const struct notice *notice_set_next(const struct notice_set *set, const struct notice *after)
{
	const struct kept_notice *k =
		after == NULL ? TAILQ_FIRST(&set->kept)
			      : TAILQ_NEXT(CONTAINER_OF(after, struct kept_notice, notice), link);

	return k != NULL ? &k->notice : NULL;
}

size_t notice_set_count(const struct notice_set *set)
{
	return set->count;
}

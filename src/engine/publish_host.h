/* SPDX-License-Identifier: BSD-2-Clause
 * A host as the publish queue of its zone sees it. Core thread. */
#ifndef MOORING_ENGINE_PUBLISH_HOST_H
#define MOORING_ENGINE_PUBLISH_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/family.h"
#include "net/addr.h"
#include "net/fqdn.h"

/* A change that was sent, and of which it is not known what became: it may still land. */
enum publish_lost {
	PUBLISH_LOST_NONE,
	PUBLISH_LOST_PRESENT, /* of the present seq */
	PUBLISH_LOST_OLDER,   /* of an earlier seq or life */
};

/* The record sets of one name as they shall be. The owner fills the first part and may change it
 * at any time, then calls publish_add(); what is already in flight lands first. It must stay where
 * it is while publish_is_busy(). */
struct publish_host {
	struct fqdn name;
	uint64_t hash; /* fqdn_hash() of name */
	struct addr_pair want;
	uint32_t ttl;
	uint64_t seq;	   /* of want; an accepted change is reported by it */
	unsigned remove;   /* the families whose record of want shall go, */
	uint32_t gone_ttl; /* which has this TTL; 0: ttl */
	bool repeats;	   /* want was published before: it goes behind all others */
	/* Changed by the owner when seq begins anew (the host was removed and made again): what is
	 * in flight from the life before is then not reported. */
	uint64_t life;

	/* From this time on it is not sent: events->stale() is called instead, once. 0: never. */
	int64_t renew_ms;

	/* For the owner to read and to reset: the highest seq accepted for each family, and the
	 * families whose last change was refused. */
	uint64_t accepted[FAMILY_COUNT];
	unsigned refused;
	/* While it is busy: the backend refused the whole zone at the last attempt. */
	bool is_barred;
	/* The oldest one, and when the last one was lost. Who raises seq makes it older. */
	enum publish_lost lost;
	int64_t lost_ms;

	/* The queue's own. */
	unsigned dirty;	 /* to be sent */
	unsigned flying; /* in the batch */
	bool is_queued, is_listed;
	bool is_later;	  /* queued behind all others */
	bool is_stale;	  /* dirty, but not in the queue: the owner was told; to be read by it */
	int64_t since_ms; /* it is busy */
	TAILQ_ENTRY(publish_host) link;
	TAILQ_ENTRY(publish_host) busy_link;
};

/* True while a change of h is queued or in flight. */
static inline bool publish_is_busy(const struct publish_host *h)
{
	return (h->dirty | h->flying) != 0;
}

#endif

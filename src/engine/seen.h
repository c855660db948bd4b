/* SPDX-License-Identifier: BSD-2-Clause
 * The hosts that there are, as far as this process knows, and when each was last asked for, from
 * where and by what. Filled by updates, by listings of the store and by what an earlier process
 * left there (engine/seen_keep.h). In memory, and bounded: who was asked for longest ago makes
 * room, and who never was makes it first. Pure: time is an argument. Core thread. */
#ifndef MOORING_ENGINE_SEEN_H
#define MOORING_ENGINE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct dyndns_answer;
struct engine_request;
struct seen;
struct store_seen;

/* As many hosts as engine/known.h; each takes some 200 bytes. */
enum { SEEN_MAX = 65536 };

/* Borrowed until the next change. */
struct seen_host {
	const char *user;
	struct slice name; /* ends with a NUL */
	int64_t time_s;	   /* wall clock; 0: never, as far as is known */
	struct addr from;
	const char *agent; /* printable ASCII; "": it named none */
};

/* max > 0. ERR_NOMEM. */
int seen_new(size_t max, uint64_t seed, struct seen **ret);
/* NULL is fine. */
void seen_free(struct seen *s);
size_t seen_count(const struct seen *s);
/* The host at a place from 0 to seen_count(). It stays there while others come; when some go, the
 * last ones come forward. */
void seen_at(const struct seen *s, size_t place, struct seen_host *ret);
bool seen_has(const struct seen *s, const char *user, struct slice name);

/* user's update r, whose password was right, gets that answer. Without memory a host that is new
 * is not noted. only_host: it is meant, whatever r names; empty: it is not. */
void seen_update(struct seen *s, const char *user, const struct engine_request *r,
		 const struct fqdn *only_host, const struct dyndns_answer *answer, int64_t now_s);
/* The name that line i of an answer is about; NULL: it is none. */
const struct fqdn *seen_asked_name(const struct engine_request *r, const struct fqdn *only_host,
				   size_t i);
/* The store was told earlier; what is known better stays, and so does what is stored for a time to
 * come, as the clock was wrong. Whether there is such a host says a listing: one that the present
 * listing, or the next, does not have is gone then, and after a complete one it is not noted. */
void seen_take_stored(struct seen *s, const struct store_seen *stored, int64_t now_s);
/* Between the two, each host of a listing of the store. complete: who was not in it is gone, and a
 * host that came in its place, of another login, takes over when it was asked for. */
void seen_list_begin(struct seen *s);
void seen_list(struct seen *s, const char *user, const struct fqdn *name);
void seen_list_end(struct seen *s, bool complete);
/* A listing was complete, and each host found a place: all are here, but those that came since. */
bool seen_is_complete(const struct seen *s);

/* Copies at most max hosts that the store was not told of yet, as they are now; returns how many.
 */
size_t seen_take_news(struct seen *s, struct store_seen *ret, size_t max);
/* The store did not take them: they are news again. */
void seen_put_back(struct seen *s, const struct store_seen *news, size_t n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * The accounts that have one name. A publication of one of them may land after another one's later
 * change, of which its daemon learns when it confirms: then the value of the last one is published
 * once more. Core thread. */
#ifndef MOORING_ENGINE_OWNERS_H
#define MOORING_ENGINE_OWNERS_H

#include <stddef.h>
#include <stdint.h>

struct calls;
struct fqdn;
struct hosts;
struct owners;
struct zones;

/* Names that are looked at at a time. Whoever finds no room asks again. */
enum { OWNERS_AT_ONCE = 32 };

/* All are borrowed until the engine is closed. ERR_NOMEM. */
int owners_new(struct calls *calls, struct hosts *hosts, struct zones *zones, struct owners **ret);
/* Looks for the account other than user that changed the name last, and has its value intended anew
 * and published; then says hosts_yielded(), for user and seq. Does nothing while it is at that name
 * already, and when it cannot. */
void owners_publish_last(struct owners *o, const char *user, size_t zone, const struct fqdn *name,
			 uint64_t seq);
/* When no call is under way any more. NULL is fine. */
void owners_free(struct owners *o);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What a Route 53 zone holds: all of it, or one record set. Every request waits for its turn in the
 * pace of the session's zones, which slows down when Route 53 says so. */
#ifndef MOORING_CTL_ZONE_READ_H
#define MOORING_CTL_ZONE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/route53_list.h"
#include "ctl/progress.h"
#include "ctl/session.h"

/* How often a request is made that Route 53 asks to slow down, each with the attempts of the AWS
 * client: a run of minutes is not given up because something else works on the zone, or has the
 * account's rate, for some seconds. */
enum { ZONE_THROTTLES_MAX = 5 };

/* Requests a second of this run: what is paced from now on keeps to it, evenly and without a burst,
 * and changes to the same part of their bucket. 0: half of the configuration's. Returns the rate.
 */
unsigned zone_read_set_rate(struct session *s, unsigned requests_per_second);

/* Every record set, page after page. progress may be NULL. What came before an error is true, but
 * not all. */
int zone_read_all(struct session *s, const struct backend_zone *zone, aws_route53_set_fn *each,
		  void *arg, struct progress *progress, struct errinfo *ei);

/* The record set that stands first at or behind (name, type): each is called for it, unless the
 * zone ends there. One request. */
int zone_read_one(struct session *s, const struct backend_zone *zone, const struct fqdn *name,
		  const char *type, aws_route53_set_fn *each, void *arg, struct errinfo *ei);

/* How many record sets there are, 0 when that may not be asked. One request. */
size_t zone_read_count(struct session *s, const struct backend_zone *zone);

/* Waits until it is the turn of a request with changes that cost so many tokens, and counts it. */
void zone_read_turn(struct session *s, uint32_t tokens);

#endif

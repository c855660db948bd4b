/* SPDX-License-Identifier: BSD-2-Clause
 * Measures for a metric how long Route 53 takes to bring an accepted batch to all of its name
 * servers: GetChange is called for a sample of the batches until each is in sync. Not for every
 * batch, because these calls count against the same quota as the changes. Core thread. */
#ifndef MOORING_DNS_PROPAGATION_H
#define MOORING_DNS_PROPAGATION_H

#include <stdint.h>

struct aws_route53;
struct pace;
struct propagation;
struct uv_loop_s;

/* Interval and limit of the calls for one sample ("generally within 60 seconds",
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html). */
enum { PROPAGATION_POLL_MS = 5000, PROPAGATION_GIVE_UP_MS = 300000 };

/* One batch in every (> 0) is a sample, at most one at a time. r53 and pace (may be NULL) are
 * borrowed. ERR_NOMEM. */
int propagation_new(struct uv_loop_s *loop, struct aws_route53 *r53, struct pace *pace,
		    unsigned every, struct propagation **ret);
/* A batch was accepted now; Route 53 calls it change_id. */
void propagation_accepted(struct propagation *p, const char *change_id);
/* Afterwards r53 and pace are not used any more. Frees in a later turn of the loop. NULL is
 * fine. */
void propagation_close(struct propagation *p);

/* For tests: another time between two questions. */
void propagation_set_poll_ms(struct propagation *p, uint64_t poll_ms);

#endif

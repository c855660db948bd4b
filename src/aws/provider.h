/* SPDX-License-Identifier: BSD-2-Clause
 * The provider that calls see: the last snapshot of a source. Core thread. */
#ifndef MOORING_AWS_PROVIDER_H
#define MOORING_AWS_PROVIDER_H

#include <stdint.h>

#include "aws/credentials.h"

/* Keeps what source (aws/chain.h; taken over, also on failure) gave last, renews it before it ends
 * (aws/refresh.h) and shares one look at the source between all who wait. The old ones stay in use
 * when the source fails, except for those who were refused with them. ERR_NOMEM. */
int aws_provider_new(struct aws_provider *source, struct aws_provider **ret);
/* For tests: another clock than clock_wall_s(), of such a provider. */
void aws_provider_set_clock(struct aws_provider *p, int64_t (*now_s)(void));

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * The provider that calls see: the last snapshot of a source. Core thread. */
#ifndef MOORING_AWS_PROVIDER_H
#define MOORING_AWS_PROVIDER_H

#include <stdint.h>

#include "aws/credentials.h"

/* Keeps the snapshot that source (aws/chain.h; taken over, also on failure) gave last, and renews
 * it before it ends (aws/refresh.h). All who wait share one question to the source. When the source
 * fails, the old snapshot stays in use, except for those who were refused with it. ERR_NOMEM. */
int aws_provider_new(struct aws_provider *source, struct aws_provider **ret);
/* For tests: another clock than clock_wall_s(), of such a provider. */
void aws_provider_set_clock(struct aws_provider *p, int64_t (*now_s)(void));

#endif

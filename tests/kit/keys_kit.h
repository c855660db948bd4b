/* SPDX-License-Identifier: BSD-2-Clause
 * What holds for each source of AWS keys: container, instance, STS. */
#ifndef MOORING_TESTS_KIT_KEYS_KIT_H
#define MOORING_TESTS_KIT_KEYS_KIT_H

#include <stddef.h>

#include "kit/fake_aws.h"

/* The source gave keys (want NULL) or one sentence with want in it, which tells no secret: neither
 * "Sesame" nor FAKE_AWS_SECRET nor secret, which may be NULL. It made want_requests requests. */
void keys_expect_answer(const struct fake_aws *k, const struct fake_aws_answer *a, const char *want,
			size_t want_requests, const char *secret, size_t row);

/* Asks again and again for what script answers, each time with another allocation that fails. Keys
 * or trouble is the outcome, and nothing leaks. There are more than n_min allocations. */
void keys_fail_allocations(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script,
			   size_t n_min);

#endif

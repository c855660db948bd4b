/* SPDX-License-Identifier: BSD-2-Clause
 * When temporary credentials are fetched anew: early enough that nobody waits for them, and not so
 * often that an outage of their source turns into a storm. Pure: time is an argument. */
#ifndef MOORING_AWS_REFRESH_H
#define MOORING_AWS_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AWS_REFRESH_ADVISORY_S =
		15 * 60, /* before the end: in the background, the old ones serve */
	AWS_REFRESH_MANDATORY_S = 10 * 60,  /* before the end: whoever asks waits for new ones */
	AWS_REFRESH_STABLE_MIN_S = 2 * 60,  /* an outdated document is looked at again after */
	AWS_REFRESH_STABLE_SPAN_S = 8 * 60, /* that, and so much of random time */
	AWS_REFRESH_RETRY_S = 30, /* after the first failure; doubled by each further one */
	AWS_REFRESH_RETRY_MAX_S = 5 * 60,
};

enum aws_refresh_need { AWS_REFRESH_NONE, AWS_REFRESH_ADVISORY, AWS_REFRESH_MANDATORY };

struct aws_refresh {
	int64_t advisory_at_s; /* 0: never */
	int64_t mandatory_at_s;
	int64_t retry_at_s; /* nothing is asked before it */
	unsigned n_failures;
};

/* New credentials came at now_s that end at expires_s (0: they do not). Sessions shorter than half
 * an hour are renewed after half of their time, because otherwise they would be renewed without
 * pause.
 *
 * Returns true when they are used longer than their document says: when it has ended already, and,
 * for those of an instance, when it ends within the advisory window. So AWS's own SDKs ride out an
 * outage in which the metadata service goes on serving old documents, and so does a machine whose
 * clock is wrong. rnd is a random number of 32 bits. */
bool aws_refresh_succeeded(struct aws_refresh *r, int64_t now_s, int64_t expires_s,
			   bool is_instance, uint32_t rnd);
/* The source gave no new credentials; the old ones stay in use. */
void aws_refresh_failed(struct aws_refresh *r, int64_t now_s, uint32_t rnd);

enum aws_refresh_need aws_refresh_judge(const struct aws_refresh *r, int64_t now_s);

#endif

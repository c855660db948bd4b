/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/refresh.h"

#include <string.h>

static int64_t random_below(int64_t bound, uint32_t rnd)
{
	return (int64_t)((uint64_t)bound * rnd >> 32);
}

static int64_t min_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool aws_refresh_succeeded(struct aws_refresh *r, int64_t now_s, int64_t expires_s,
			   bool is_instance, uint32_t rnd)
{
	int64_t life_s = expires_s - now_s;

	memset(r, 0, sizeof(*r));
	if (expires_s == 0)
		return false;
	if (life_s <= (is_instance ? AWS_REFRESH_ADVISORY_S : 0)) {
		r->advisory_at_s = now_s + AWS_REFRESH_STABLE_MIN_S +
				   random_below(AWS_REFRESH_STABLE_SPAN_S, rnd);
		r->mandatory_at_s =
			r->advisory_at_s + AWS_REFRESH_ADVISORY_S - AWS_REFRESH_MANDATORY_S;
		return true;
	}
	r->advisory_at_s = expires_s - min_of(AWS_REFRESH_ADVISORY_S, life_s / 2);
	r->mandatory_at_s = expires_s - min_of(AWS_REFRESH_MANDATORY_S, life_s / 3);
	return false;
}

void aws_refresh_failed(struct aws_refresh *r, int64_t now_s, uint32_t rnd)
{
	int64_t span_s = AWS_REFRESH_RETRY_S;
	unsigned i;

	for (i = 0; i < r->n_failures && span_s < AWS_REFRESH_RETRY_MAX_S; i++)
		span_s *= 2;
	span_s = min_of(span_s, AWS_REFRESH_RETRY_MAX_S);
	r->retry_at_s = now_s + span_s / 2 + random_below(span_s / 2 + 1, rnd);
	r->n_failures++;
}

enum aws_refresh_need aws_refresh_judge(const struct aws_refresh *r, int64_t now_s)
{
	if (r->advisory_at_s == 0 || now_s < r->advisory_at_s || now_s < r->retry_at_s)
		return AWS_REFRESH_NONE;
	return now_s < r->mandatory_at_s ? AWS_REFRESH_ADVISORY : AWS_REFRESH_MANDATORY;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * What an error of AWS means for the caller and for a further attempt: the values of the SDKs'
 * "standard" retry mode of 2026. Pure; any thread. */
#ifndef MOORING_AWS_RETRY_H
#define MOORING_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AWS_RETRY_BASE_MS = 50,
	AWS_RETRY_BASE_DYNAMODB_MS = 25,
	AWS_RETRY_THROTTLE_BASE_MS = 1000,
	AWS_RETRY_CAP_MS = 20000,
	AWS_RETRY_HINT_SPAN_MS = 5000, /* how far a server's hint may stretch a delay */
	AWS_RETRY_ATTEMPTS = 3,
	AWS_RETRY_ATTEMPTS_DYNAMODB = 4,
	AWS_RETRY_ATTEMPTS_MAX = 10,
	AWS_RETRY_BUDGET = 500,
	AWS_RETRY_COST_TRANSIENT = 14,
	AWS_RETRY_COST_THROTTLE = 5,
	AWS_SKEW_MIN_S = 240,	/* below it the clock was not the reason */
	AWS_SKEW_MAX_S = 86400, /* beyond it somebody must look at the clock */
};

enum aws_retry_class {
	AWS_RETRY_NEVER,
	AWS_RETRY_TRANSIENT,
	AWS_RETRY_THROTTLE,
	AWS_RETRY_CREDENTIALS, /* with other credentials, once */
	AWS_RETRY_SKEW,	       /* with a corrected clock, once */
};

struct aws_verdict {
	int err; /* enum err */
	enum aws_retry_class retry;
};

/* code is AWS's own, "" when the reply had none. */
struct aws_verdict aws_retry_judge(long status, const char *code);

/* Milliseconds before attempt number n_retries + 2: random() below min(base * 2^n, cap); hint_ms is
 * what the server asked for, < 0 when it did not. rnd is a random number of 32 bits. */
uint32_t aws_retry_delay_ms(uint32_t base_ms, unsigned n_retries, int64_t hint_ms, uint32_t rnd);

/* The retry budget of one service, shared by its calls. It stops a retry storm. */
struct aws_budget {
	int tokens;
};

void aws_budget_init(struct aws_budget *b);
int aws_budget_cost(enum aws_retry_class retry);
/* False, and nothing taken, when there are too few. */
bool aws_budget_take(struct aws_budget *b, int cost);
/* cost: of the call's last retry, 0 when its first attempt succeeded. */
void aws_budget_give(struct aws_budget *b, int cost);

/* True, with the new offset to the local clock, when a request signed at signed_s was refused
 * because of the difference to the server's clock. */
bool aws_skew_learn(int64_t server_s, int64_t signed_s, int64_t local_s, int64_t *ret_offset_s);

#endif

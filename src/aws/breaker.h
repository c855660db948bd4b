/* SPDX-License-Identifier: BSD-2-Clause
 * Stops asking a service that does not answer: after some failures in a row requests are refused
 * here, and one at a time goes out as a probe, after a pause that doubles. One for each service,
 * shared by all its calls. Pure; core thread. */
#ifndef MOORING_AWS_BREAKER_H
#define MOORING_AWS_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

/* The first pause; the longest one is the configuration's. */
enum { AWS_BREAKER_PAUSE_MS = 1000 };
enum { AWS_BREAKER_FAILURES = 5, AWS_BREAKER_PAUSE_MAX_MS = 15000 }; /* defaults */

struct aws_breaker {
	unsigned limit; /* failures in a row that open it, > 0 */
	uint32_t pause_max_ms;
	unsigned failures; /* in a row */
	bool is_open;
	bool is_probing; /* while open: a probe is under way */
	uint32_t pause_ms;
	int64_t probe_at_ms;
	/* For aws/outcome.c: whether the log says that it is open, and when it may say so again. */
	bool is_logged_open;
	_Atomic long long next_log_ms;
};

enum aws_breaker_answer { AWS_BREAKER_GO, AWS_BREAKER_PROBE, AWS_BREAKER_WAIT };

/* Makes b closed: requests go out. */
void aws_breaker_init(struct aws_breaker *b, unsigned limit, uint32_t pause_max_ms);
/* Whether a request may be sent. After a probe, one of the next three functions must be told its
 * outcome. */
enum aws_breaker_answer aws_breaker_ask(struct aws_breaker *b, int64_t now_ms);
/* The service answered, if only to refuse or to throttle. True when that closed it. */
bool aws_breaker_succeeded(struct aws_breaker *b);
/* No usable answer came. rnd is a random number of 32 bits, so that daemons with the same trouble
 * do not end their pauses at the same moment. True when that opened it. */
bool aws_breaker_failed(struct aws_breaker *b, bool is_probe, int64_t now_ms, uint32_t rnd);
/* The probe was given up before it came to anything: the next request is one. */
void aws_breaker_abandoned(struct aws_breaker *b);

#endif

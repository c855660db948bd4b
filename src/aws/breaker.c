/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/breaker.h"

#include <string.h>

void aws_breaker_init(struct aws_breaker *b, unsigned limit, uint32_t pause_max_ms)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit;
	b->pause_max_ms = pause_max_ms;
}

enum aws_breaker_answer aws_breaker_ask(struct aws_breaker *b, int64_t now_ms)
{
	if (!b->is_open)
		return AWS_BREAKER_GO;
	if (b->is_probing || now_ms < b->probe_at_ms)
		return AWS_BREAKER_WAIT;
	b->is_probing = true;
	return AWS_BREAKER_PROBE;
}

bool aws_breaker_succeeded(struct aws_breaker *b)
{
	bool was_open = b->is_open;

	b->failures = 0;
	b->is_open = false;
	b->is_probing = false;
	return was_open;
}

/* Three quarters of the pause at least. */
static void pause_until_probe(struct aws_breaker *b, int64_t now_ms, uint32_t rnd)
{
	uint32_t jitter_ms = (uint32_t)((uint64_t)(b->pause_ms / 4) * rnd >> 32);

	b->is_probing = false;
	b->probe_at_ms = now_ms + (int64_t)(b->pause_ms - jitter_ms);
}

bool aws_breaker_failed(struct aws_breaker *b, bool is_probe, int64_t now_ms, uint32_t rnd)
{
	b->failures += b->failures < b->limit;
	if (!b->is_open && b->failures >= b->limit) {
		b->is_open = true;
		b->pause_ms = AWS_BREAKER_PAUSE_MS;
		pause_until_probe(b, now_ms, rnd);
		return true;
	}
	if (!b->is_open || !is_probe)
		return false;
	b->pause_ms = b->pause_ms < b->pause_max_ms / 2 ? b->pause_ms * 2 : b->pause_max_ms;
	pause_until_probe(b, now_ms, rnd);
	return false;
}

void aws_breaker_abandoned(struct aws_breaker *b)
{
	b->is_probing = false;
}

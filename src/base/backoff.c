/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/backoff.h"

#include "base/rand.h"

uint32_t backoff_ms(uint32_t base_ms, uint32_t cap_ms, unsigned failures)
{
	uint64_t max = failures < 32 ? (uint64_t)base_ms << failures : cap_ms;

	if (max > cap_ms)
		max = cap_ms;
	return (uint32_t)(max / 2) + rand_below((uint32_t)(max / 2) + 1);
}

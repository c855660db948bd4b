/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_clock.h"

#include "base/clock.h"

int64_t fake_clock_ms;

/* The name that ld(1) gives to our side of --wrap. */
int64_t __wrap_clock_mono_ms(void);

int64_t __wrap_clock_mono_ms(void)
{
	return fake_clock_ms;
}

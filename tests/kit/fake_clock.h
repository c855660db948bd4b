/* SPDX-License-Identifier: BSD-2-Clause
 * A monotonic clock that stands still until the test moves it. A test program that uses it adds
 * $(fake_clock) to its sources and $(fake_clock_link) to its LDFLAGS. */
#ifndef MOORING_TESTS_KIT_FAKE_CLOCK_H
#define MOORING_TESTS_KIT_FAKE_CLOCK_H

#include <stdint.h>

/* What clock_mono_ms() answers. */
extern int64_t fake_clock_ms;

#endif

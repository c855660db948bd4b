/* SPDX-License-Identifier: BSD-2-Clause
 * What one check against a crypt(3) string costs on this machine, before anybody pays for it: a
 * table may hold one that takes minutes. The cheapest setting of a method is timed once in a
 * process, in CPU time of its thread. Any thread. */
#ifndef MOORING_ACCOUNT_HASH_COST_H
#define MOORING_ACCOUNT_HASH_COST_H

/* About a quarter of a second, with some room, so that no common setting (bcrypt's 12) is taken in
 * one process and refused in the next. */
enum { HASH_COST_MAX_MS = 300 };

/* Milliseconds of CPU time, estimated; 0 for what is no crypt(3) string, or of a method that is
 * never slow. At most UINT_MAX. Takes some milliseconds when a method is first met. */
unsigned hash_cost_ms(const char *stored);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

void *need(void *memory)
{
	if (memory == NULL)
		die("out of memory");
	return memory;
}

unsigned number(const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v < min || v > max)
		die("number out of bounds");
	return (unsigned)v;
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void latencies_open(struct latencies *l, size_t max)
{
	l->n = 0;
	l->max = max;
	l->us = need(malloc(max * sizeof(*l->us)));
}

void latencies_add(struct latencies *l, uint64_t asked_ns)
{
	if (l->n < l->max)
		l->us[l->n++] = (uint32_t)((now_ns() - asked_ns) / 1000);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t latencies_us(struct latencies *l, unsigned percent)
{
	if (l->n == 0)
		die("nothing was answered");
	qsort(l->us, l->n, sizeof(*l->us), by_value);
	return l->us[(l->n - 1) * percent / 100];
}

void latencies_print(struct latencies *l, double seconds)
{
	double rate = (double)l->n / seconds;

	printf("{\"rate\": %.0f, \"p50_us\": %u, \"p99_us\": %u}", rate, latencies_us(l, 50),
	       latencies_us(l, 99));
}

void latencies_close(struct latencies *l)
{
	free(l->us);
	l->us = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/histogram.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/metric.h"

#define PREFIX "mooring_"

enum histogram_family {
#define FAMILY_ENUM(family, name, help) HISTOGRAM_FAMILY_##family,
	HISTOGRAM_FAMILIES(FAMILY_ENUM)
#undef FAMILY_ENUM
};

static const struct {
	const char *name, *help;
} families[] = {
#define FAMILY_ROW(family, name, help) [HISTOGRAM_FAMILY_##family] = {name, help},
	HISTOGRAM_FAMILIES(FAMILY_ROW)
#undef FAMILY_ROW
};

static const struct {
	enum histogram_family family;
	const char *labels;
} samples[HISTOGRAM_COUNT] = {
#define SAMPLE_ROW(histogram, family, labels)                                                      \
	[HISTOGRAM_##histogram] = {HISTOGRAM_FAMILY_##family, labels},
	HISTOGRAMS(SAMPLE_ROW)
#undef SAMPLE_ROW
};

/* The upper bounds, in milliseconds: from what memory answers, and a request to AWS, to the default
 * of update-deadline; above that a publication waits for a backend in trouble. */
static const int64_t bounds_ms[] = {1,	  2,	5,    10,   25,	   50,	  100,	 250,	500,
				    1000, 2500, 5000, 8000, 15000, 30000, 60000, 300000};
enum { BOUNDS = sizeof(bounds_ms) / sizeof(bounds_ms[0]) };

static struct {
	_Atomic int64_t counts[BOUNDS + 1]; /* each without those below it; the last has no bound */
	_Atomic int64_t sum_ms;
} numbers[HISTOGRAM_COUNT];

void histogram_add(enum histogram h, int64_t ms)
{
	int64_t took = ms > 0 ? ms : 0;
	size_t i = 0;

	while (i < BOUNDS && took > bounds_ms[i])
		i++;
	atomic_fetch_add_explicit(&numbers[h].counts[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&numbers[h].sum_ms, took, memory_order_relaxed);
}

struct histogram_total histogram_total(enum histogram h)
{
	struct histogram_total total = {
		.ms = atomic_load_explicit(&numbers[h].sum_ms, memory_order_relaxed)};
	size_t i;

	for (i = 0; i <= BOUNDS; i++)
		total.n += atomic_load_explicit(&numbers[h].counts[i], memory_order_relaxed);
	return total;
}

static void put_seconds(struct buf *out, int64_t ms)
{
	int64_t part = ms % 1000;
	int digits = 3;

	buf_addf(out, "%" PRId64, ms / 1000);
	for (; digits > 0 && part % 10 == 0; digits--)
		part /= 10;
	if (digits > 0)
		buf_addf(out, ".%0*" PRId64, digits, part);
}

static void put_bucket(struct buf *out, enum histogram h, size_t i, int64_t below)
{
	const char *labels = samples[h].labels;

	buf_addf(out, PREFIX "%s_bucket{%s%sle=\"", families[samples[h].family].name, labels,
		 *labels == '\0' ? "" : ",");
	if (i < BOUNDS)
		put_seconds(out, bounds_ms[i]);
	else
		buf_adds(out, "+Inf");
	buf_addf(out, "\"} %" PRId64 "\n", below);
}

static void put_name(struct buf *out, enum histogram h, const char *suffix)
{
	const char *labels = samples[h].labels;

	buf_addf(out, PREFIX "%s%s", families[samples[h].family].name, suffix);
	if (*labels != '\0')
		buf_addf(out, "{%s}", labels);
	buf_addc(out, ' ');
}

/* The count is what was added up for the buckets, so that they agree whatever is added meanwhile.
 */
static void put_histogram(struct buf *out, enum histogram h)
{
	int64_t below = 0;
	size_t i;

	for (i = 0; i <= BOUNDS; i++) {
		below += atomic_load_explicit(&numbers[h].counts[i], memory_order_relaxed);
		put_bucket(out, h, i, below);
	}
	put_name(out, h, "_sum");
	put_seconds(out, histogram_total(h).ms);
	buf_addc(out, '\n');
	put_name(out, h, "_count");
	buf_addf(out, "%" PRId64 "\n", below);
}

void histogram_print(struct buf *out)
{
	size_t h;

	for (h = 0; h < HISTOGRAM_COUNT; h++) {
		enum histogram_family f = samples[h].family;

		if (h == 0 || samples[h - 1].family != f)
			metric_print_head(out, families[f].name, METRIC_HISTOGRAM,
					  families[f].help);
		put_histogram(out, (enum histogram)h);
	}
}

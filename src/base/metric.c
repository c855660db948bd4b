/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/metric.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef MOORING_VERSION
#define MOORING_VERSION "0"
#endif

#define PREFIX "mooring_"

enum family {
#define FAMILY_ENUM(family, name, type, help) FAMILY_##family,
	METRIC_FAMILIES(FAMILY_ENUM)
#undef FAMILY_ENUM
};

static const struct {
	const char *name;
	enum metric_type type;
	const char *help;
} families[] = {
#define FAMILY_ROW(family, name, type, help) [FAMILY_##family] = {name, METRIC_##type, help},
	METRIC_FAMILIES(FAMILY_ROW)
#undef FAMILY_ROW
};

static const struct {
	enum family family;
	const char *labels;
} samples[METRIC_COUNT] = {
#define SAMPLE_ROW(metric, family, labels) [METRIC_##metric] = {FAMILY_##family, labels},
	METRIC_SAMPLES(SAMPLE_ROW)
#undef SAMPLE_ROW
};

static _Atomic int64_t numbers[METRIC_COUNT];

/* Relaxed, since no metric depends on the order in which another one is seen. */
void metric_add(enum metric m, int64_t by)
{
	atomic_fetch_add_explicit(&numbers[m], by, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value)
{
	atomic_store_explicit(&numbers[m], value, memory_order_relaxed);
}

int64_t metric_get(enum metric m)
{
	return atomic_load_explicit(&numbers[m], memory_order_relaxed);
}

void metric_print_head(struct buf *out, const char *name, enum metric_type type, const char *help)
{
	static const char *const words[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_TIMESTAMP] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};

	buf_addf(out, "# HELP " PREFIX "%s %s\n", name, help);
	buf_addf(out, "# TYPE " PREFIX "%s %s\n", name, words[type]);
}

static void put_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_adds(out, "\\n");
		else if (*s == '"' || *s == '\\')
			buf_addf(out, "\\%c", *s);
		else
			buf_addc(out, *s);
	}
}

void metric_print_sample(struct buf *out, const char *name, const char *label, const char *value,
			 int64_t number)
{
	buf_addf(out, PREFIX "%s{%s=\"", name, label);
	put_escaped(out, value);
	buf_addf(out, "\"} %" PRId64 "\n", number);
}

static void put_sample(struct buf *out, const char *name, const char *labels, int64_t number)
{
	bool bare = *labels == '\0';

	buf_addf(out, PREFIX "%s%s%s%s %" PRId64 "\n", name, bare ? "" : "{", labels,
		 bare ? "" : "}", number);
}

void metric_print(struct buf *out)
{
	size_t m;

	metric_print_head(out, "build_info", METRIC_GAUGE, "The version that runs; always 1.");
	metric_print_sample(out, "build_info", "version", MOORING_VERSION, 1);
	for (m = 0; m < METRIC_COUNT; m++) {
		enum family f = samples[m].family;
		int64_t number = metric_get((enum metric)m);

		if (families[f].type == METRIC_TIMESTAMP && number == 0)
			continue;
		if (m == 0 || samples[m - 1].family != f)
			metric_print_head(out, families[f].name, families[f].type,
					  families[f].help);
		put_sample(out, families[f].name, samples[m].labels, number);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/bounds.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_LEN = sizeof("2027-01-31") - 1, YEAR_BASE = 1900, YEAR_MIN = 1970 };

/* The decimal number of exactly these digits; -1: they are none. */
static int read_digits(const char *p, size_t n)
{
	int value = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* timegm() takes 31 February for 3 March: what it made of the numbers is compared with them. */
static bool bounds_read_time(const char text[BOUNDS_UNTIL_TEXT_MAX], int64_t *ret)
{
	struct tm tm = {
		.tm_year = read_digits(text, 4) - YEAR_BASE,
		.tm_mon = read_digits(text + 5, 2) - 1,
		.tm_mday = read_digits(text + 8, 2),
		.tm_hour = read_digits(text + 11, 2),
		.tm_min = read_digits(text + 14, 2),
		.tm_sec = read_digits(text + 17, 2),
	};
	struct bounds made = {0};
	char again[BOUNDS_UNTIL_TEXT_MAX];

	if (tm.tm_year < YEAR_MIN - YEAR_BASE)
		return false;
	made.until_s = timegm(&tm);
	*ret = made.until_s;
	return made.until_s > 0 && strcmp(bounds_format_until(&made, again), text) == 0;
}

int bounds_set_until(struct bounds *b, struct slice text, struct errinfo *ei)
{
	char whole[BOUNDS_UNTIL_TEXT_MAX];
	int64_t until_s;

	if (text.len == DAY_LEN)
		snprintf(whole, sizeof(whole), "%.*sT23:59:59Z", (int)text.len, text.p);
	else if (str_copy(whole, sizeof(whole), text) != 0)
		whole[0] = '\0';
	if (strlen(whole) != sizeof(whole) - 1 || !bounds_read_time(whole, &until_s))
		return err_set(ei, ERR_INVAL,
			       "it is no day or time such as 2027-01-31 or 2027-01-31T12:00:00Z");
	b->until_s = until_s;
	return 0;
}

const char *bounds_format_until(const struct bounds *b, char out[BOUNDS_UNTIL_TEXT_MAX])
{
	time_t t = (time_t)b->until_s;
	struct tm tm;

	out[0] = '\0';
	if (b->until_s != 0 && gmtime_r(&t, &tm) != NULL &&
	    strftime(out, BOUNDS_UNTIL_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

int bounds_add_source(struct bounds *b, struct slice text, struct errinfo *ei)
{
	struct prefix p;
	size_t i;

	if (prefix_parse(text, &p) != 0)
		return err_set(ei, ERR_INVAL,
			       "it is no address or prefix such as 192.0.2.0/24 or 2001:db8::/32");
	for (i = 0; i < b->n_sources; i++)
		if (prefix_equal(&p, &b->sources[i]))
			return 0;
	if (b->n_sources == BOUNDS_SOURCES_MAX)
		return err_set(ei, ERR_LIMIT, "there are more than %d prefixes",
			       BOUNDS_SOURCES_MAX);
	b->sources[b->n_sources++] = p;
	return 0;
}

/* A set has no order. */
bool bounds_equal(const struct bounds *a, const struct bounds *b)
{
	size_t i, j;

	if (a->until_s != b->until_s || a->n_sources != b->n_sources)
		return false;
	for (i = 0; i < a->n_sources; i++) {
		for (j = 0; j < b->n_sources; j++)
			if (prefix_equal(&a->sources[i], &b->sources[j]))
				break;
		if (j == b->n_sources)
			return false;
	}
	return true;
}

bool bounds_are_over(const struct bounds *b, int64_t now_s)
{
	return b->until_s != 0 && now_s > b->until_s;
}

bool bounds_allow(const struct bounds *b, const struct addr *client, int64_t now_s)
{
	size_t i;

	if (bounds_are_over(b, now_s))
		return false;
	for (i = 0; i < b->n_sources; i++)
		if (prefix_contains(&b->sources[i], client))
			return true;
	return b->n_sources == 0;
}

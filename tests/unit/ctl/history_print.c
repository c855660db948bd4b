/* SPDX-License-Identifier: BSD-2-Clause
 * What is read of the history of a host. */
#include "ctl/history_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ctl/table.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOON_S = 1767268800 }; /* 2026-01-01T12:00:00Z */

START_TEST(a_span_has_two_units_at_most)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
		{0, "0 s"},
		{59, "59 s"},
		{60, "1 min 0 s"},
		{3599, "59 min 59 s"},
		{3600, "1 h 0 min"},
		{86399, "23 h 59 min"},
		{86400, "1 d 0 h"},
		{274000, "3 d 4 h"},
		{400 * 86400LL, "400 d 0 h"},
	};
	char text[HISTORY_SPAN_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(history_span(rows[i].s, text), rows[i].want);
}
END_TEST

static struct history_entry entry(int64_t time_s, struct addr_pair old, struct addr_pair new,
				  const char *verdict)
{
	struct history_entry e = {
		.time_s = time_s,
		.host = value_name("home.example.com"),
		.user = "router",
		.old = old,
		.new = new,
		.from = value_addr("198.51.100.7"),
	};

	snprintf(e.verdict, sizeof(e.verdict), "%s", verdict);
	return e;
}

static char *print(const struct history_entry *entries, size_t n)
{
	struct table *t = table_new(HISTORY_COLUMNS);
	char *text = NULL;
	size_t i, len = 0;
	FILE *f = open_memstream(&text, &len);

	for (i = 0; i < n; i++)
		ck_assert_int_eq(history_print_line(t, entries, i), 0);
	table_print(t, f);
	fclose(f);
	table_free(t);
	return text;
}

/* clang-format off */
static const char lines[] =
"2026-01-01T12:00:00Z  none -> 192.0.2.1                            -                          good    router  198.51.100.7  -\n"
"2026-01-01T12:01:30Z  192.0.2.1 -> 192.0.2.2, none -> 2001:db8::1  held 1 min 30 s            911     router  198.51.100.7  ddclient/3.10\n"
"2026-01-01T13:01:30Z  192.0.2.2 -> none, 2001:db8::1 -> none       held 1 h 0 min, 1 h 0 min  good    router  198.51.100.7  -\n"
"2026-01-01T13:01:31Z  -                                            -                          dnserr  router  -             -\n"
"2026-01-01T13:01:32Z  192.0.2.2, 2001:db8::1                       -                          nochg   router  198.51.100.7  -\n";
/* clang-format on */

START_TEST(each_entry_is_a_line)
{
	const struct addr_pair none = value_pair(NULL, NULL), a = value_pair("192.0.2.1", NULL),
			       b = value_pair("192.0.2.2", "2001:db8::1");
	struct history_entry entries[] = {
		entry(NOON_S, none, a, "good"),	       entry(NOON_S + 90, a, b, "911"),
		entry(NOON_S + 3690, b, none, "good"), entry(NOON_S + 3691, none, none, "dnserr"),
		entry(NOON_S + 3692, b, b, "nochg"),
	};
	char *text;

	snprintf(entries[1].agent, sizeof(entries[1].agent), "ddclient/3.10");
	entries[3].from = (struct addr){0};
	text = print(entries, N_ELEMENTS(entries));
	ck_assert_str_eq(text, lines);
	free(text);
}
END_TEST

START_TEST(json_says_what_is_not_known)
{
	const struct history_entry entries[] = {
		entry(NOON_S, value_pair(NULL, NULL), value_pair("192.0.2.1", NULL), "good"),
		entry(NOON_S + 60, value_pair("192.0.2.1", NULL),
		      value_pair("192.0.2.2", "2001:db8::1"), "good"),
	};
	json_t *o = history_print_json(entries, 1);
	char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

	ck_assert_str_eq(text, "{\"time\":\"2026-01-01T12:01:00Z\",\"host\":\"home.example.com\","
			       "\"user\":\"router\",\"old-ipv4\":\"192.0.2.1\",\"ipv4\":"
			       "\"192.0.2.2\",\"held-ipv4\":60,\"old-ipv6\":null,\"ipv6\":"
			       "\"2001:db8::1\",\"held-ipv6\":null,\"verdict\":\"good\",\"from\":"
			       "\"198.51.100.7\",\"agent\":null}");
	free(text);
	json_decref(o);
}
END_TEST

START_TEST(a_line_without_memory_is_told)
{
	const struct history_entry e =
		entry(NOON_S, value_pair(NULL, NULL), value_pair("192.0.2.1", NULL), "good");
	struct table *t = table_new(HISTORY_COLUMNS);
	size_t n;
	int err;

	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = history_print_line(t, &e, 0);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 2);
	table_free(t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_span_has_two_units_at_most,
		each_entry_is_a_line,
		json_says_what_is_not_known,
		a_line_without_memory_is_told,
	};

	return unit_run("history_print", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW = 1800000000, MINUTE = 60, DAY = 24 * 60 * 60 };

#define LINE(host, rest) "{\"line\":\"host\",\"host\":\"" host "\",\"user\":\"router\"" rest "}"

static struct status_rows rows;

static void add_lines(const char *text)
{
	json_t *hosts = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(hosts);
	status_rows_add_lines(&rows, hosts);
	json_decref(hosts);
}

static const char *words(const struct status_row *row)
{
	static char text[512];
	struct buf b;

	buf_init(&b, sizeof(text) - 1);
	status_row_put_state(row, NOW, &b);
	snprintf(text, sizeof(text), "%s", buf_str(&b));
	buf_fini(&b);
	return text;
}

static const struct {
	struct status_row row;
	const char *words;
	bool is_trouble;
} states[] = {
	{{.state = STATUS_STATE_PUBLISHED, .asked_s = NOW - 5}, "published", false},
	{{.state = STATUS_STATE_PUBLISHED}, "published", false},
	{{.state = STATUS_STATE_PUBLISHED, .asked_s = NOW - 7 * DAY + 1}, "published", false},
	{{.state = STATUS_STATE_PUBLISHED, .asked_s = NOW - 9 * DAY - 7},
	 "silent for 9 days",
	 false},
	{{.state = STATUS_STATE_PUBLISHED, .asked_s = NOW - 9 * DAY, .has_lan_id = true},
	 "published",
	 false},
	/* It may have been asked for each minute since. */
	{{.state = STATUS_STATE_PUBLISHED, .asked_s = NOW - 9 * DAY, .is_asked_later = true},
	 "published",
	 false},
	{{.state = STATUS_STATE_UNKNOWN, .asked_s = NOW - 9 * DAY, .is_asked_later = true},
	 "not asked since the start",
	 false},
	{{.state = STATUS_STATE_NEVER}, "never asked", false},
	{{.state = STATUS_STATE_UNKNOWN}, "not asked since the start", false},
	{{.state = STATUS_STATE_UNKNOWN, .asked_s = NOW}, "asked", false},
	{{.state = STATUS_STATE_NEVER, .has_lan_id = true}, "no address yet", false},
	{{.state = STATUS_STATE_QUEUED,
	  .is_route53 = true,
	  .waits_since_s = NOW - 4 * MINUTE - 9,
	  .why = "Throttling"},
	 "waits for Route 53 since 4 min: Throttling",
	 true},
	{{.state = STATUS_STATE_QUEUED, .waits_since_s = NOW},
	 "waits for the name server since 0 s",
	 false},
	{{.state = STATUS_STATE_QUEUED, .waits_since_s = NOW, .why = "AccessDenied"},
	 "waits for the name server since 0 s: AccessDenied",
	 true},
	{{.state = STATUS_STATE_QUEUED, .is_route53 = true, .waits_since_s = NOW - STATUS_WAIT_S},
	 "waits for Route 53 since 60 s",
	 false},
	{{.state = STATUS_STATE_QUEUED,
	  .is_route53 = true,
	  .waits_since_s = NOW - STATUS_WAIT_S - 1},
	 "waits for Route 53 since 61 s",
	 true},
	{{.state = STATUS_STATE_QUEUED, .asked_s = NOW - 9 * DAY, .waits_since_s = NOW},
	 "waits for the name server since 0 s",
	 false},
	{{.state = STATUS_STATE_UNSTORED, .asked_s = NOW - 9 * DAY}, "waits for the store", true},
	{{.state = STATUS_STATE_OWED}, "waits to be published", true},
};

START_TEST(each_state_has_its_words)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(states); i++) {
		const char *found = words(&states[i].row);

		ck_assert_msg(strcmp(found, states[i].words) == 0, "%zu: %s", i, found);
		ck_assert_msg(status_row_is_in_trouble(&states[i].row, NOW) == states[i].is_trouble,
			      "%zu", i);
		/* That is what is coloured as such. */
		ck_assert_msg(status_row_is_silent(&states[i].row, NOW) ==
				      (strncmp(found, "silent", 6) == 0),
			      "%zu", i);
	}
}
END_TEST

START_TEST(an_age_has_one_unit)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} ages[] = {
		{-5, "0 s"},	       {0, "0 s"},	    {119, "119 s"},
		{120, "2 min"},	       {7199, "119 min"},   {7200, "2 h"},
		{2 * DAY - 1, "47 h"}, {2 * DAY, "2 days"}, {400LL * DAY, "400 days"},
	};
	struct buf b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(ages); i++) {
		buf_init(&b, 64);
		status_put_age(ages[i].seconds, &b);
		ck_assert_str_eq(buf_str(&b), ages[i].text);
		buf_fini(&b);
	}
}
END_TEST

START_TEST(what_the_daemon_says_is_read_and_what_is_none_left_out)
{
	add_lines(
		"[" LINE("a.example.com",
			 ",\"state\":\"queued\",\"publisher\":\"route53\",\"why\":\"x\\u001b\","
			 "\"waits-since\":7,\"ipv4\":\"192.0.2.1\",\"ipv6\":\"2001:db8::1\","
			 "\"published\":5,\"since\":4,\"asked\":6,\"from\":\"192.0.2.9\","
			 "\"agent\":\"curl\"") ",{\"line\":\"host\"},7," LINE("b.example.com",
									      ",\"state\":\"a "
									      "later word\"") "]");
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_str_eq(rows.at[0].host.text, "a.example.com");
	ck_assert_str_eq(rows.at[0].user, "router");
	ck_assert_int_eq(rows.at[0].state, STATUS_STATE_QUEUED);
	ck_assert(rows.at[0].is_route53);
	ck_assert_str_eq(rows.at[0].why, "x\\x1b");
	ck_assert_int_eq(rows.at[0].waits_since_s, 7);
	ck_assert_int_eq(rows.at[0].asked_s, 6);
	ck_assert_str_eq(rows.at[0].agent, "curl");
	ck_assert_int_eq(rows.at[1].state, STATUS_STATE_UNKNOWN);
	status_rows_fini(&rows);
}
END_TEST

static struct account *account_of(const char *names[], size_t n)
{
	struct account *a;
	size_t i;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(account_add_host(a, slice_of(names[i]), NULL, NULL, NULL), 0);
	return a;
}

/* The daemon knows better where it knows; the store knows who there is. */
START_TEST(what_the_store_says_is_joined)
{
	const char *names[] = {"a.example.com", "b.example.com", "c.example.com"};
	const char *other[] = {"0.example.com", "zz.example.com"};
	struct account *a = account_of(names, 3), *z = account_of(other, 2);
	struct store_seen seen = {.user = "router", .name = value_name("c.example.com")};
	const struct fqdn b = value_name("b.example.com");
	size_t i;

	for (i = 0; i < 3; i++)
		a->hosts[i].state = (struct host_state){.want = value_pair("192.0.2.7", NULL),
							.seq = 2,
							.pub = 1,
							.time_s = 50,
							.wanted_ms = 44000,
							.since_ms = 33000};
	add_lines("[" LINE("gone.example.com", ",\"state\":\"published\"") "," LINE(
		"going.example.com",
		",\"state\":\"queued\"") "," LINE("b.example.com",
						  ",\"state\":\"unknown\","
						  "\"asked\":6") "," LINE("a.example.com",
									  ",\"state\":"
									  "\"published\",\"ipv4\":"
									  "\"192.0.2.1\"") "]");
	status_rows_sort(&rows);
	/* Accounts come in no order. */
	status_rows_add_account(&rows, z);
	status_rows_add_account(&rows, a);
	status_rows_keep_stored(&rows);
	status_rows_sort(&rows);
	ck_assert_uint_eq(rows.n, 6);
	ck_assert_str_eq(rows.at[0].host.text, "0.example.com");
	ck_assert_int_eq(rows.at[0].state, STATUS_STATE_NEVER);
	ck_assert_str_eq(rows.at[1].host.text, "a.example.com");
	ck_assert_int_eq(rows.at[1].state, STATUS_STATE_PUBLISHED);
	ck_assert(addr_equal(&rows.at[1].addrs.v4, &(struct addr){ADDR_V4, {192, 0, 2, 1}}));
	ck_assert_int_eq(rows.at[2].state, STATUS_STATE_OWED);
	ck_assert_int_eq(rows.at[2].asked_s, 6);
	ck_assert_int_eq(rows.at[2].published_s, 50);
	/* An update that asked again is not the one that began it. */
	ck_assert_int_eq(rows.at[2].since_s, 33);
	ck_assert_str_eq(rows.at[3].host.text, "c.example.com");
	ck_assert_str_eq(rows.at[4].host.text, "going.example.com");
	seen.time_s = 9;
	status_rows_add_seen(&rows, &seen, 20);
	ck_assert_int_eq(rows.at[3].asked_s, 9);
	seen.time_s = 8;
	status_rows_add_seen(&rows, &seen, 20);
	ck_assert_int_eq(rows.at[3].asked_s, 9);
	seen.time_s = 21;
	status_rows_add_seen(&rows, &seen, 20);
	ck_assert_int_eq(rows.at[3].asked_s, 9);
	status_rows_keep_host(&rows, &b);
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_str_eq(rows.at[0].host.text, b.text);
	status_rows_fini(&rows);
	account_free(a);
	account_free(z);
}
END_TEST

START_TEST(trouble_comes_first_then_silence_then_names)
{
	/* In the order in which they are to be told. */
	static const struct {
		const char *host;
		struct status_row row;
	} cases[] = {
		{"y.example.com", {.state = STATUS_STATE_QUEUED, .waits_since_s = NOW - 61}},
		{"z.example.com", {.state = STATUS_STATE_OWED}},
		{"x.example.com", {.state = STATUS_STATE_PUBLISHED, .asked_s = 1}},
		{"w.example.com", {.state = STATUS_STATE_NEVER}},
		{"a.example.com", {.state = STATUS_STATE_PUBLISHED}},
		{"b.example.com", {.state = STATUS_STATE_QUEUED, .waits_since_s = NOW - 60}},
		{"c.example.com", {.state = STATUS_STATE_UNKNOWN}},
		{"d.example.com",
		 {.state = STATUS_STATE_QUEUED, .asked_s = 1, .waits_since_s = NOW}},
		{"e.example.com", {.state = STATUS_STATE_PUBLISHED, .asked_s = NOW}},
	};
	const size_t n = N_ELEMENTS(cases);
	size_t i;

	rows.at = calloc(n, sizeof(*rows.at));
	rows.n = rows.cap = n;
	for (i = 0; i < n; i++) {
		rows.at[n - 1 - i] = cases[i].row;
		rows.at[n - 1 - i].host = value_name(cases[i].host);
	}
	status_rows_order(&rows, NOW);
	for (i = 0; i < n; i++)
		ck_assert_str_eq(rows.at[i].host.text, cases[i].host);
	status_rows_fini(&rows);
}
END_TEST

START_TEST(json_says_what_is_not_known_with_null)
{
	struct status_row row = {
		.host = value_name("a.example.com"),
		.user = "router",
		.state = STATUS_STATE_PUBLISHED,
		.addrs = value_pair("192.0.2.1", NULL),
		.asked_s = NOW,
		.since_s = INT64_MAX, /* which no calendar has */
	};
	json_t *o = status_row_json(&row, NOW);
	char *text = json_dumps(o, JSON_COMPACT);

	ck_assert_str_eq(text,
			 "{\"host\":\"a.example.com\",\"user\":\"router\",\"state\":\"published\","
			 "\"words\":\"published\",\"trouble\":false,\"ipv4\":\"192.0.2.1\","
			 "\"ipv6\":null,\"since\":null,\"published\":null,"
			 "\"asked\":\"2027-01-15T08:00:00Z\",\"asked-or-later\":false,"
			 "\"from\":null,\"agent\":null}");
	free(text);
	json_decref(o);
}
END_TEST

static const struct {
	int64_t asked_s, since_s, told_s;
	bool is_later;
} asked_rows[] = {
	{0, 0, 0, false},
	{0, NOW - 9 * DAY, NOW - 9 * DAY, true},
	{NOW - DAY, 0, NOW - DAY, false},
	{NOW - DAY, NOW - 9 * DAY, NOW - DAY, false},
	/* One request is noted at its two ends. */
	{NOW - DAY, NOW - DAY + MINUTE, NOW - DAY, false},
	{NOW - DAY, NOW - DAY + MINUTE + 1, NOW - DAY + MINUTE + 1, true},
	/* Another machine's clock; and what is no moment. */
	{0, NOW + MINUTE, NOW + MINUTE, true},
	{0, NOW + MINUTE + 1, 0, false},
	{0, INT64_MAX, 0, false},
	{NOW - DAY, INT64_MAX, NOW - DAY, false},
	{NOW - DAY, INT64_MIN, NOW - DAY, false},
};

START_TEST(who_has_an_address_was_asked_for_by_then_or_later)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(asked_rows); i++) {
		struct status_row row = {.from = value_addr("192.0.2.1"),
					 .agent = "inadyn",
					 .asked_s = asked_rows[i].asked_s,
					 .since_s = asked_rows[i].since_s};
		const struct status_rows one = {.n = 1, .at = &row};

		status_rows_take_since(&one, NOW);
		ck_assert_msg(row.asked_s == asked_rows[i].told_s &&
				      row.is_asked_later == asked_rows[i].is_later,
			      "row %zu", i);
		/* Who asked then may be another one. */
		ck_assert_int_eq(addr_is_set(&row.from), !row.is_asked_later);
		ck_assert_int_eq(row.agent[0] != '\0', !row.is_asked_later);
	}
}
END_TEST

START_TEST(without_memory_it_is_noted_and_rows_keep_their_order)
{
	json_t *hosts = json_loads("[" LINE("a.example.com", "") "]", 0, NULL);

	status_rows_add_lines(&rows, hosts);
	fake_malloc_fail_at(1);
	status_rows_order(&rows, NOW);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(rows.err, ERR_NOMEM);
	ck_assert_uint_eq(rows.n, 1);
	status_rows_fini(&rows);
	json_decref(hosts);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_state_has_its_words,
		an_age_has_one_unit,
		what_the_daemon_says_is_read_and_what_is_none_left_out,
		what_the_store_says_is_joined,
		trouble_comes_first_then_silence_then_names,
		json_says_what_is_not_known_with_null,
		who_has_an_address_was_asked_for_by_then_or_later,
		without_memory_it_is_noted_and_rows_keep_their_order,
	};

	return unit_run("status_rows", tests, N_ELEMENTS(tests));
}

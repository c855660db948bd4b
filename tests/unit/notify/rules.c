/* SPDX-License-Identifier: BSD-2-Clause
 * What a target is told of, and when. */
#include "notify/rules.h"

#include <stdlib.h>
#include <time.h>

#include "kit/unit.h"
#include "notify/event.h"

static char home[] = "home.example.com", below[] = "*.lan.example.com";
static char changed[] = "address-changed", restarted[] = "restarted";

START_TEST(a_target_is_told_of_its_events_and_hosts)
{
	static const struct {
		unsigned kind;
		const char *host;
		bool wants;
	} rows[] = {
		{CONF_EVENT_ADDRESS_CHANGED, "home.example.com", true},
		{CONF_EVENT_ADDRESS_CHANGED, "xhome.example.com", false},
		{CONF_EVENT_ADDRESS_CHANGED, "nas.lan.example.com", true},
		{CONF_EVENT_ADDRESS_CHANGED, "a.b.lan.example.com", true},
		{CONF_EVENT_ADDRESS_CHANGED, "lan.example.com", false},
		{CONF_EVENT_ADDRESS_CHANGED, "xlan.example.com", false},
		{CONF_EVENT_ADDRESS_CHANGED, "", true},
		{CONF_EVENT_HOST_SILENT, "home.example.com", false},
		{CONF_EVENT_RESTARTED, "", true},
		{EVENT_DIGEST, "", true},
		{EVENT_TEST, "", true},
	};
	struct conf_notify n = {.events = {2, {changed, restarted}}, .hosts = {2, {home, below}}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(rules_want(&n, rows[i].kind, rows[i].host) == rows[i].wants,
			      "row %zu", i);
	n.hosts.n = 0;
	ck_assert(rules_want(&n, CONF_EVENT_ADDRESS_CHANGED, "any.example.net"));
}
END_TEST

/* As Europe/Berlin has it, without its file. */
static void live_in_berlin(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
}

static int64_t local_s(int month, int day, int hour, int min, int sec)
{
	struct tm local = {.tm_year = 126,
			   .tm_mon = month - 1,
			   .tm_mday = day,
			   .tm_hour = hour,
			   .tm_min = min,
			   .tm_sec = sec,
			   .tm_isdst = -1};

	return (int64_t)mktime(&local);
}

START_TEST(a_quiet_time_may_go_beyond_midnight)
{
	static const struct {
		unsigned from_min, to_min;
		int hour, min, sec;
		int64_t left_s;
	} rows[] = {
		{22 * 60, 7 * 60, 21, 59, 59, 0},
		{22 * 60, 7 * 60, 22, 0, 0, RULES_QUIET_MAX_S},
		{22 * 60, 7 * 60, 23, 59, 30, RULES_QUIET_MAX_S},
		{22 * 60, 7 * 60, 0, 0, 0, RULES_QUIET_MAX_S},
		{22 * 60, 7 * 60, 6, 51, 30, 510},
		{22 * 60, 7 * 60, 6, 59, 59, 1},
		{22 * 60, 7 * 60, 7, 0, 0, 0},
		{60, 120, 1, 55, 0, 300},
		{60, 120, 2, 0, 0, 0},
		{60, 120, 0, 59, 59, 0},
		{0, 0, 0, 0, 0, 0},
		{0, 0, 12, 0, 0, 0},
	};
	size_t i;

	live_in_berlin();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_quiet q = {rows[i].from_min, rows[i].to_min};
		int64_t left_s =
			rules_quiet_s(&q, local_s(6, 15, rows[i].hour, rows[i].min, rows[i].sec));

		ck_assert_msg(left_s == rows[i].left_s, "row %zu: %d", i, (int)left_s);
	}
}
END_TEST

START_TEST(a_quiet_time_ends_by_the_clock_of_the_place)
{
	static const struct {
		unsigned from_min, to_min;
		int month, day;
		int64_t length_s;
	} rows[] = {
		{22 * 60, 7 * 60, 6, 15, 9 * 3600},
		{22 * 60, 7 * 60, 3, 28, 8 * 3600}, /* that night has an hour less */
		{22 * 60, 7 * 60, 10, 24, 10 * 3600},
		{23 * 60, 60, 3, 28, 2 * 3600},		 /* before it is changed */
		{22 * 60, 2 * 60 + 30, 3, 28, 4 * 3600}, /* there is no half past two */
		{22 * 60, 22 * 60 - 1, 3, 28, 23 * 3600 - 60},
	};
	size_t i;

	live_in_berlin();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_quiet q = {rows[i].from_min, rows[i].to_min};
		const int64_t from_s =
			local_s(rows[i].month, rows[i].day, (int)rows[i].from_min / 60, 0, 0);
		int64_t now_s = from_s, pause_s;

		ck_assert_int_eq(rules_quiet_s(&q, from_s - 1), 0);
		while ((pause_s = rules_quiet_s(&q, now_s)) > 0)
			now_s += pause_s;
		ck_assert_msg(now_s - from_s == rows[i].length_s, "row %zu: %d", i,
			      (int)(now_s - from_s));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_target_is_told_of_its_events_and_hosts,
		a_quiet_time_may_go_beyond_midnight,
		a_quiet_time_ends_by_the_clock_of_the_place,
	};

	return unit_run("rules", tests, N_ELEMENTS(tests));
}

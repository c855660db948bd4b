/* SPDX-License-Identifier: BSD-2-Clause
 * What a target is told of, and when. */
#include "notify/rules.h"

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

START_TEST(a_quiet_time_may_go_beyond_midnight)
{
	static const struct {
		unsigned from_min, to_min;
		int hour, min, sec;
		int64_t left_s;
	} rows[] = {
		{22 * 60, 7 * 60, 21, 59, 59, 0},
		{22 * 60, 7 * 60, 22, 0, 0, 9 * 3600},
		{22 * 60, 7 * 60, 23, 59, 30, 7 * 3600 + 30},
		{22 * 60, 7 * 60, 0, 0, 0, 7 * 3600},
		{22 * 60, 7 * 60, 6, 59, 59, 1},
		{22 * 60, 7 * 60, 6, 59, 60, 1}, /* a leap second */
		{22 * 60, 7 * 60, 7, 0, 0, 0},
		{60, 120, 1, 30, 0, 1800},
		{60, 120, 2, 0, 0, 0},
		{60, 120, 0, 59, 59, 0},
		{0, 0, 0, 0, 0, 0},
		{0, 0, 12, 0, 0, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_quiet q = {rows[i].from_min, rows[i].to_min};
		const struct tm local = {
			.tm_hour = rows[i].hour, .tm_min = rows[i].min, .tm_sec = rows[i].sec};
		int64_t left_s = rules_quiet_s(&q, &local);

		ck_assert_msg(left_s == rows[i].left_s, "row %zu: %d", i, (int)left_s);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_target_is_told_of_its_events_and_hosts,
		a_quiet_time_may_go_beyond_midnight,
	};

	return unit_run("rules", tests, N_ELEMENTS(tests));
}

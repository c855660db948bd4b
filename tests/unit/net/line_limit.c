/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/line_limit.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

enum { NOW = 1000000, LINES = 5, WINDOW_MS = 60000 };

static const struct line_limit_conf conf = {
	.sentence = "lines left out",
	.lines = LINES,
	.window_ms = WINDOW_MS,
	.network = prefix_of_network,
};
static struct line_limit *limit;

static void setup(void)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	ck_assert_int_eq(line_limit_new(&conf, &limit), 0);
}

static bool take(const char *client, int64_t now_ms)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(slice_of(client), &a), 0);
	return line_limit_take(limit, &a, now_ms);
}

static unsigned take_many(const char *client, unsigned n, int64_t now_ms)
{
	unsigned taken = 0;

	while (n-- > 0)
		taken += take(client, now_ms);
	return taken;
}

static void check_told(const char *want)
{
	const char *got = captured();

	ck_assert_str_eq(got, want);
}

START_TEST(a_network_has_a_few_lines_and_its_neighbours_have_theirs)
{
	static const struct {
		const char *first, *second;
		bool same;
	} rows[] = {
		{"203.0.113.1", "203.0.113.1", true},
		{"203.0.113.1", "203.0.113.254", true},
		{"203.0.113.1", "203.0.114.1", false},
		{"2001:db8:0:ff00::1", "2001:db8:0:ffff::2", true},
		{"2001:db8:0:fe00::1", "2001:db8:0:ff00::1", false},
		{"203.0.113.1", "::ffff:203.0.113.7", true},
		{"0.0.0.0", "::", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		setup();
		ck_assert_uint_eq(take_many(rows[i].first, LINES, NOW), LINES);
		ck_assert_msg(take(rows[i].second, NOW) == !rows[i].same, "row %zu", i);
		line_limit_free(limit);
	}
}
END_TEST

START_TEST(what_was_left_out_is_told_when_the_window_is_over)
{
	int64_t limited = metric_get(METRIC_LOG_LINES_LIMITED);

	setup();
	ck_assert_int_eq(line_limit_next_ms(limit), INT64_MAX);
	take_many("203.0.113.1", LINES, NOW);
	ck_assert_int_eq(line_limit_next_ms(limit), NOW + WINDOW_MS);
	ck_assert_uint_eq(take_many("203.0.113.2", 37, NOW + 5), 0);
	take_many("2001:db8::1", LINES + 1, NOW + 6);
	take_many("198.51.100.1", LINES, NOW + 6);
	ck_assert_int_eq(metric_get(METRIC_LOG_LINES_LIMITED) - limited, 38);
	capture();
	line_limit_tell(limit, NOW + WINDOW_MS - 1);
	check_told("");
	capture();
	line_limit_tell(limit, NOW + WINDOW_MS);
	check_told("lines left out client=203.0.113.0/24 lines=37\n");
	/* The next window begins with the next line, and who nothing was left out of is not told.
	 */
	capture();
	ck_assert_uint_eq(take_many("203.0.113.1", 10, NOW + 2 * WINDOW_MS), LINES);
	check_told("lines left out client=2001:db8::/56 lines=1\n");
	capture();
	line_limit_tell_all(limit);
	check_told("lines left out client=203.0.113.0/24 lines=5\n");
	ck_assert_int_eq(line_limit_next_ms(limit), INT64_MAX);
	line_limit_free(limit);
}
END_TEST

START_TEST(networks_that_find_no_room_share_one_place)
{
	char client[32];
	unsigned i;

	setup();
	for (i = 0; i < LINE_LIMIT_NETWORKS; i++) {
		snprintf(client, sizeof(client), "10.%u.%u.1", i / 256, i % 256);
		ck_assert(take(client, NOW));
	}
	for (i = 0; i < LINES; i++) {
		snprintf(client, sizeof(client), "192.0.%u.1", i);
		ck_assert(take(client, NOW));
	}
	ck_assert_uint_eq(take_many("198.51.100.1", 3, NOW), 0);
	ck_assert(take("10.0.7.2", NOW));
	capture();
	line_limit_tell_all(limit);
	check_told("lines left out client=others lines=3\n");
	/* All places are free again. */
	ck_assert_uint_eq(take_many("198.51.100.1", 3, NOW), 3);
	line_limit_free(limit);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_network_has_a_few_lines_and_its_neighbours_have_theirs,
		what_was_left_out_is_told_when_the_window_is_over,
		networks_that_find_no_room_share_one_place,
	};

	return unit_run("line_limit", tests, N_ELEMENTS(tests));
}

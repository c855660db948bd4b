/* SPDX-License-Identifier: BSD-2-Clause
 * What is told of the connections that made room. */
#include "http/conn_shed.h"

#include <string.h>

#include "base/metric.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

START_TEST(each_is_counted_by_what_it_did_and_told_now_and_then)
{
	struct conn_shed s = {.next_log_ms = 0}, told;
	int64_t before = metric_get(METRIC_HTTP_SHED_BODY);
	const char *line;

	ck_assert(!conn_shed_take(&s, 1000, &told));
	conn_shed_count(&s, CONN_BODY);
	conn_shed_count(&s, CONN_WAIT);
	conn_shed_count(&s, CONN_BODY);
	ck_assert_int_eq(metric_get(METRIC_HTTP_SHED_BODY) - before, 2);
	ck_assert(conn_shed_take(&s, 1000, &told));
	capture();
	conn_shed_tell(&told, 64);
	line = captured();
	ck_assert_str_eq(strchr(line, ' ') + 1,
			 "warning: connections make room for others: all are in "
			 "use limit=64 body=2 wait=1\n");
	conn_shed_count(&s, CONN_HELLO);
	ck_assert(!conn_shed_take(&s, 1000 + CONN_SHED_LOG_MS - 1, &told));
	ck_assert(conn_shed_take(&s, 1000 + CONN_SHED_LOG_MS, &told));
	ck_assert_uint_eq(told.n[CONN_HELLO], 1);
	ck_assert_uint_eq(told.n[CONN_BODY], 0);
	ck_assert(!conn_shed_take(&s, 1000 + 3 * CONN_SHED_LOG_MS, &told));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_is_counted_by_what_it_did_and_told_now_and_then,
	};

	return unit_run("conn_shed", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/threads.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <uv.h>

#include "kit/unit.h"

START_TEST(workers_are_started_and_leave_the_loop_empty)
{
	struct errinfo ei = ERRINFO_INIT;
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(threads_start(&loop, &ei), 0);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

/* A stack larger than all addresses there are: pthread_create(3) fails as it does at a limit. */
START_TEST(threads_that_are_not_there_are_told_in_a_sentence)
{
	struct errinfo ei = ERRINFO_INIT;
	struct rlimit before, much;
	uv_loop_t loop;
	int err;

	ck_assert_int_eq(getrlimit(RLIMIT_STACK, &before), 0);
	much = before;
	much.rlim_cur = (rlim_t)1 << 50;
	ck_assert_int_eq(setrlimit(RLIMIT_STACK, &much), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	err = threads_start(&loop, &ei);
	ck_assert_int_eq(setrlimit(RLIMIT_STACK, &before), 0);
	ck_assert_int_eq(err, ERR_LIMIT);
	ck_assert_str_eq(ei.text, "threads cannot be started: resource temporarily unavailable");
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		workers_are_started_and_leave_the_loop_empty,
		threads_that_are_not_there_are_told_in_a_sentence,
	};

	return unit_run("threads", tests, N_ELEMENTS(tests));
}

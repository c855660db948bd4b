/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "kit/unit.h"

/* What the limit is raised to, from next to nothing. */
START_TEST(each_connection_and_each_listener_has_its_files)
{
	enum { OWN = 160 + CONF_DNS_TCP_CLIENTS, FRONT = 96, ADMIN = 128 };
	static const struct {
		size_t fronts, dns, admin;
		unsigned connections;
		rlim_t files;
		size_t acme;
	} rows[] = {
		/* An eighth more connections may be about to close. */
		{1, 0, 0, 800, OWN + FRONT + 900, 0},
		{2, 0, 0, 400, OWN + 2 * (FRONT + 450), 0},
		{3, 0, 0, 8, OWN + 3 * (FRONT + 9), 0},
		/* By UDP and by TCP. */
		{1, 3, 0, 8, OWN + FRONT + 9 + 2 * 3, 0},
		{1, 0, 2, 8, OWN + FRONT + 9 + 2 * ADMIN, 0},
		/* With as many connections as any other. */
		{1, 0, 0, 8, OWN + 3 * (FRONT + 9), 2},
	};
	struct errinfo ei = ERRINFO_INIT;
	struct rlimit limit;
	unsigned n;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf conf = {
			.n_fronts = rows[i].fronts,
			.dns_listen.n = rows[i].dns,
			.admin_listen.n = rows[i].admin,
			.acme_listen.n = rows[i].acme,
			.max_connections = rows[i].connections,
		};

		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
		limit.rlim_cur = 64;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		ck_assert_msg(process_fit_files(&conf, &n, &ei) == 0, "row %zu: %s", i, ei.text);
		ck_assert_msg(n == rows[i].connections, "row %zu: %u", i, n);
		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
		ck_assert_msg(limit.rlim_cur == rows[i].files, "row %zu: %llu", i,
			      (unsigned long long)limit.rlim_cur);
	}
}
END_TEST

/* The hard limit can only be lowered: the rows come in that order. */
START_TEST(connections_are_fitted_into_the_limit_of_open_files)
{
	static const struct {
		rlim_t soft, hard;
		unsigned want, least, most; /* most 0: refused */
	} rows[] = {
		{2000, 2000, 100, 100, 100}, {256, 2000, 1000, 1000, 1000}, /* raised */
		{256, 1000, 1000, 400, 700},				    /* raised, and fewer */
		{364, 364, 1000, 8, 100},    {64, 64, 1000, 0, 0},
	};
	struct conf conf = {.n_fronts = 1};
	struct errinfo ei;
	struct rlimit limit;
	unsigned n;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		limit = (struct rlimit){.rlim_cur = rows[i].soft, .rlim_max = rows[i].hard};
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		conf.max_connections = rows[i].want;
		err_reset(&ei);
		err = process_fit_files(&conf, &n, &ei);
		ck_assert_msg((err == 0) == (rows[i].most > 0), "row %zu: %s", i, ei.text);
		if (err != 0) {
			ck_assert_ptr_nonnull(strstr(ei.text, "LimitNOFILE"));
			continue;
		}
		ck_assert_msg(n >= rows[i].least && n <= rows[i].most, "row %zu: %u", i, n);
		ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
		ck_assert_msg(limit.rlim_cur > n, "row %zu: %u", i, n);
	}
}
END_TEST

START_TEST(the_journal_is_known_by_its_device_and_inode)
{
	struct stat st;
	char text[64];

	ck_assert_int_eq(unsetenv("JOURNAL_STREAM"), 0);
	ck_assert(!process_logs_to_journal());
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", text, 1), 0);
	ck_assert(process_logs_to_journal());
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:2", 1), 0);
	ck_assert(!process_logs_to_journal());
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
	ck_assert(!process_logs_to_journal());
}
END_TEST

START_TEST(a_debuggable_process_is_as_it_was_but_survives_a_broken_pipe)
{
	struct rlimit before, core;
	int fds[2];

	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &before), 0);
	process_harden(true);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_cur, before.rlim_cur);
	ck_assert_uint_eq(core.rlim_max, before.rlim_max);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), -1);
	ck_assert_int_eq(close(fds[1]), 0);
}
END_TEST

START_TEST(a_hardened_process_dumps_no_core_and_survives_a_broken_pipe)
{
	struct rlimit core;
	int fds[2];

	process_harden(false);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_cur, 0);
	ck_assert_uint_eq(core.rlim_max, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), -1);
	ck_assert_int_eq(close(fds[1]), 0);
}
END_TEST

START_TEST(signals_that_mean_nothing_end_nothing)
{
	const int signals[] = {SIGUSR1, SIGUSR2,  SIGALRM,	SIGVTALRM, SIGPROF, SIGIO,
			       SIGPWR,	SIGRTMIN, SIGRTMAX - 1, SIGXFSZ,   SIGHUP};
	size_t i;

	process_ignore_signals();
	for (i = 0; i < N_ELEMENTS(signals); i++)
		ck_assert_int_eq(raise(signals[i]), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_journal_is_known_by_its_device_and_inode,
		a_debuggable_process_is_as_it_was_but_survives_a_broken_pipe,
		a_hardened_process_dumps_no_core_and_survives_a_broken_pipe,
		signals_that_mean_nothing_end_nothing,
		each_connection_and_each_listener_has_its_files,
		connections_are_fitted_into_the_limit_of_open_files,
	};

	return unit_run("process", tests, N_ELEMENTS(tests));
}

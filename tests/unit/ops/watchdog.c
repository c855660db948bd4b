/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/watchdog.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "kit/log_kit.h"
#include "kit/unit.h"

static uv_loop_t loop;
static int manager; /* the service manager's end */

struct answers {
	unsigned asked;
	unsigned unwell_from, unwell_to; /* how often it was asked before */
	unsigned limit_ms;
};

static void setup(const char *usec, const char *pid)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char name[64];
	int len = snprintf(name, sizeof(name), "@mooring-watchdog.%d", (int)getpid());

	memcpy(sa.sun_path + 1, name + 1, (size_t)len - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&sa,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	usec != NULL ? setenv("WATCHDOG_USEC", usec, 1) : unsetenv("WATCHDOG_USEC");
	pid != NULL ? setenv("WATCHDOG_PID", pid, 1) : unsetenv("WATCHDOG_PID");
	ck_assert_int_eq(uv_loop_init(&loop), 0);
}

static void teardown(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	unsetenv("NOTIFY_SOCKET");
	close(manager);
}

static bool is_well(void *arg, unsigned limit_ms)
{
	struct answers *a = arg;
	unsigned n = a->asked++;

	a->limit_ms = limit_ms;
	return n < a->unwell_from || n >= a->unwell_to;
}

static unsigned count_beats(void)
{
	char got[64];
	unsigned n = 0;
	ssize_t len;

	while ((len = recv(manager, got, sizeof(got), 0)) > 0) {
		ck_assert_int_eq(len, (int)strlen("WATCHDOG=1"));
		ck_assert_mem_eq(got, "WATCHDOG=1", (size_t)len);
		n++;
	}
	return n;
}

START_TEST(it_is_told_each_time_that_all_is_well_and_never_else)
{
	struct answers a = {.unwell_from = 2, .unwell_to = 5};
	static const char said[] = "a thread of the HTTP server stands still";
	struct watchdog *w = NULL;
	const char *line;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setup("8000", pid);
	ck_assert_int_eq(watchdog_new(&loop, is_well, &a, &w, NULL), 0);
	ck_assert_ptr_nonnull(w);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	capture();
	while (a.asked < 7)
		uv_run(&loop, UV_RUN_ONCE);
	line = strstr(captured(), said);
	/* Once for all of its silence. */
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, said));
	ck_assert_uint_eq(count_beats(), 4);
	ck_assert_uint_eq(a.limit_ms, 4);
	watchdog_close(w);
	teardown();
}
END_TEST

START_TEST(nobody_asks_or_somebody_else_is_meant)
{
	static const char *const rows[][2] = {{NULL, NULL}, {"8000", "1"}, {"8000", "x"}};
	struct watchdog *w;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		w = (struct watchdog *)&loop;
		setup(rows[i][0], rows[i][1]);
		ck_assert_int_eq(watchdog_new(&loop, is_well, NULL, &w, NULL), 0);
		ck_assert_ptr_null(w);
		watchdog_close(w);
		teardown();
	}
}
END_TEST

START_TEST(a_time_that_is_none_is_refused)
{
	static const char *const rows[] = {"", "0", "-5", "soon", "1s"};
	struct errinfo ei = ERRINFO_INIT;
	struct watchdog *w = NULL;
	char want[96];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		setup(rows[i], NULL);
		err_reset(&ei);
		ck_assert_int_eq(watchdog_new(&loop, is_well, NULL, &w, &ei), ERR_INVAL);
		snprintf(want, sizeof(want), "WATCHDOG_USEC: \"%s\" is no number of microseconds",
			 rows[i]);
		ck_assert_str_eq(ei.text, want);
		teardown();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_told_each_time_that_all_is_well_and_never_else,
		nobody_asks_or_somebody_else_is_meant,
		a_time_that_is_none_is_refused,
	};

	return unit_run("watchdog", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * Each test in a process of its own: that a signal came is not forgotten. */
#include "ctl/interrupt.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/unit.h"

/* What child() does: how it ended, as a shell tells it. */
static int status_of(void (*child)(int signo), int signo)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* A shell that starts the tests in the background has it ignored. */
		signal(signo, SIG_DFL);
		child(signo);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void one_is_told(int signo)
{
	struct errinfo ei = ERRINFO_INIT;

	interrupt_guard_begin();
	if (interrupt_came() || interrupt_check(&ei) != 0)
		_exit(1);
	raise(signo);
	if (!interrupt_came() || interrupt_check(&ei) != ERR_CANCELED)
		_exit(2);
	if (strcmp(ei.text, "interrupted before it was done") != 0)
		_exit(3);
}

static void second_ends(int signo)
{
	interrupt_guard_begin();
	raise(signo);
	raise(signo);
}

static void after_the_end_it_ends(int signo)
{
	interrupt_guard_begin();
	interrupt_guard_end();
	raise(signo);
}

static void ignored_stays_ignored(int signo)
{
	signal(signo, SIG_IGN);
	interrupt_guard_begin();
	raise(signo);
	if (interrupt_came())
		_exit(1);
	interrupt_guard_end();
	raise(signo);
}

static void others_end(int signo)
{
	(void)signo;
	interrupt_guard_begin();
	raise(SIGUSR1);
}

START_TEST(a_signal_is_told_and_a_second_one_ends_the_process)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	size_t i;

	for (i = 0; i < N_ELEMENTS(signals); i++) {
		ck_assert_int_eq(status_of(one_is_told, signals[i]), 0);
		ck_assert_int_eq(status_of(second_ends, signals[i]), 128 + signals[i]);
		ck_assert_int_eq(status_of(after_the_end_it_ends, signals[i]), 128 + signals[i]);
		ck_assert_int_eq(status_of(ignored_stays_ignored, signals[i]), 0);
		ck_assert_int_eq(status_of(others_end, signals[i]), 128 + SIGUSR1);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_signal_is_told_and_a_second_one_ends_the_process,
	};

	return unit_run("interrupt", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t has_come;

static void on_signal(int signo)
{
	(void)signo;
	has_come = 1;
}

static const int guarded[] = {SIGINT, SIGTERM, SIGHUP};

/* Without SA_RESTART, so that a read or write that waits for the other end of a pipe returns. */
void interrupt_guard_begin(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction old;
	size_t i;

	sigemptyset(&sa.sa_mask);
	/* A signal that is ignored, for example by nohup(1), stays ignored. */
	for (i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (sigaction(guarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(guarded[i], &sa, NULL);
}

void interrupt_guard_end(void)
{
	struct sigaction old;
	size_t i;

	for (i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (sigaction(guarded[i], NULL, &old) == 0 && old.sa_handler == on_signal)
			signal(guarded[i], SIG_DFL);
}

bool interrupt_came(void)
{
	return has_come != 0;
}

int interrupt_check(struct errinfo *ei)
{
	return interrupt_came() ? err_set(ei, ERR_CANCELED, "interrupted before it was done") : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * What a test program writes to its standard error output, kept. */
#ifndef MOORING_TESTS_KIT_LOG_KIT_H
#define MOORING_TESTS_KIT_LOG_KIT_H

#include <check.h>
#include <unistd.h>

enum { CAPTURE_MAX = 32768 };

static int saved_stderr = -1, capture_fd[2];

/* From here on stderr is a pipe; it holds more than any test writes. */
static inline void capture(void)
{
	ck_assert_int_eq(pipe(capture_fd), 0);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(saved_stderr, 0);
	ck_assert_int_eq(dup2(capture_fd[1], STDERR_FILENO), STDERR_FILENO);
}

/* What was written since capture(); stderr is itself again. */
static inline const char *captured(void)
{
	static char text[CAPTURE_MAX];
	ssize_t n;

	(void)dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(capture_fd[1]);
	n = read(capture_fd[0], text, sizeof(text) - 1);
	close(capture_fd[0]);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What is written to standard output or standard error output meanwhile, kept. One at a time; no
 * more than a pipe holds. */
#ifndef MOORING_TESTS_KIT_OUTPUT_KIT_H
#define MOORING_TESTS_KIT_OUTPUT_KIT_H

#include <check.h>
#include <stdio.h>
#include <unistd.h>

enum { OUTPUT_MAX = 32768 };

static int output_saved, output_pipe[2];
static FILE *output_file;

static inline void output_begin(FILE *file)
{
	output_file = file;
	fflush(file);
	ck_assert_int_eq(pipe(output_pipe), 0);
	output_saved = dup(fileno(file));
	ck_assert_int_ge(output_saved, 0);
	ck_assert_int_ge(dup2(output_pipe[1], fileno(file)), 0);
}

/* What was written since output_begin(). */
static inline const char *output_end(void)
{
	static char text[OUTPUT_MAX];
	ssize_t n;

	fflush(output_file);
	ck_assert_int_ge(dup2(output_saved, fileno(output_file)), 0);
	close(output_saved);
	close(output_pipe[1]);
	n = read(output_pipe[0], text, sizeof(text) - 1);
	close(output_pipe[0]);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What the fakes of a test were told, in order, to be compared as text. One test program. */
#ifndef MOORING_TESTS_KIT_SAID_H
#define MOORING_TESTS_KIT_SAID_H

#include <check.h>
#include <stdio.h>
#include <string.h>

static char said[256];

/* Adds a word, or several. */
static inline void note(const char *what)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s%s", len > 0 ? " " : "", what);
}

/* Compares, and begins anew. */
static inline void expect_said(const char *text)
{
	ck_assert_str_eq(said, text);
	said[0] = '\0';
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What every unit test program has in common: the main() around its list of tests, and UNIT_TEST, a
 * variable of the environment that names the one test to run. */
#ifndef MOORING_TESTS_KIT_UNIT_H
#define MOORING_TESTS_KIT_UNIT_H

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* libcheck itself selects whole lists of tests only. */
static inline void unit_add(TCase *tcase, const TTest *test, int start, int end)
{
	const char *only = getenv("UNIT_TEST");

	if (only == NULL || strcmp(only, test->name) == 0)
		_tcase_add_test(tcase, test, 0, 0, start, end);
}

#undef tcase_add_test
#define tcase_add_test(tcase, test) unit_add((tcase), (test), 0, 1)
#undef tcase_add_loop_test
#define tcase_add_loop_test(tcase, test, start, end)                                               \
	unit_add((tcase), (test), (int)(start), (int)(end))

/* For programs with sockets: a peer that is gone is an error of the call, as in the daemon. */
static inline void unit_ignore_sigpipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

/* Runs the tests and returns the exit status for main(). */
static inline int unit_run(const char *name, const TTest *const tests[], size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;
	size_t i;

	unit_ignore_sigpipe();
	for (i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif

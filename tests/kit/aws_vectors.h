/* SPDX-License-Identifier: BSD-2-Clause
 * AWS's own test vectors. The large suites lie in the folder that MOORING_VECTORS names; without it
 * only what this tree brings along (tests/vectors) is there. */
#ifndef MOORING_TESTS_KIT_AWS_VECTORS_H
#define MOORING_TESTS_KIT_AWS_VECTORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* True when MOORING_VECTORS is set; otherwise says on stdout that suite is left out. */
bool vectors_have(const char *suite);
/* For the main() of programs that ask that, around unit_run(): without the suites a program whose
 * other tests all passed is a skipped one to automake (exit status 77), not a passed one. */
int vectors_exit(int status);
/* The whole file as a C string; the test fails when it cannot be read. The caller frees it. */
char *vectors_read(const char *path);
/* The same, or NULL when there is no such file. */
char *vectors_read_optional(const char *path);
json_t *vectors_read_json(const char *path);
/* Hands each test of that list of the file to check(), which is false for one that is not for us;
 * all but those must be want_n. Does nothing where vectors_have() is false. */
void vectors_each(const char *path, const char *list, bool (*check)(const json_t *test),
		  size_t want_n);
/* Paths that match the pattern (glob(7)), relative to the folder; the caller frees them by
 * vectors_free_list(). */
char **vectors_list(const char *pattern, size_t *ret_n);
void vectors_free_list(char **list, size_t n);
/* Relative to the folder -> for open(2). Valid until the next call. */
const char *vectors_path(const char *path);

#endif

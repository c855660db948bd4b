/* SPDX-License-Identifier: BSD-2-Clause
 * JSON in test tables: written with ' for ", compared whole. */
#ifndef MOORING_TESTS_KIT_JSON_TEXT_H
#define MOORING_TESTS_KIT_JSON_TEXT_H

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The caller drops the reference. */
static inline json_t *json_text(const char *text)
{
	char *copy = strdup(text), *p;
	json_error_t error;
	json_t *json;

	ck_assert_ptr_nonnull(copy);
	for (p = copy; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	ck_assert_msg(json != NULL, "%s: %s", copy, error.text);
	free(copy);
	return json;
}

static inline void json_assert_text(const json_t *got, const char *want_text)
{
	json_t *want = json_text(want_text);
	char *got_dump = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	char *want_dump = json_dumps(want, JSON_SORT_KEYS | JSON_ENCODE_ANY);

	ck_assert_msg(json_equal(got, want), "got  %s\nwant %s", got_dump, want_dump);
	free(got_dump);
	free(want_dump);
	json_decref(want);
}

#endif

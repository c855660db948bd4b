/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/aws_vectors.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, FILE_SIZE = 4 * 1024 * 1024, EXIT_SKIPPED = 77 };

static const char *folder(void)
{
	const char *set = getenv("MOORING_VECTORS"), *srcdir = getenv("srcdir");
	static char own[PATH_SIZE];

	if (set != NULL && set[0] != '\0')
		return set;
	snprintf(own, sizeof(own), "%s/tests/vectors", srcdir != NULL ? srcdir : ".");
	return own;
}

static bool is_set(void)
{
	const char *set = getenv("MOORING_VECTORS");

	return set != NULL && set[0] != '\0';
}

int vectors_exit(int status)
{
	return status == EXIT_SUCCESS && !is_set() ? EXIT_SKIPPED : status;
}

bool vectors_have(const char *suite)
{
	if (is_set())
		return true;
	printf("MOORING_VECTORS is not set: left out: %s\n", suite);
	return false;
}

const char *vectors_path(const char *path)
{
	static char full[PATH_SIZE];

	snprintf(full, sizeof(full), "%s/%s", folder(), path);
	return full;
}

char *vectors_read_optional(const char *path)
{
	FILE *f = fopen(vectors_path(path), "r");
	char *text;
	size_t n;

	if (f == NULL)
		return NULL;
	text = malloc(FILE_SIZE);
	ck_assert_ptr_nonnull(text);
	n = fread(text, 1, FILE_SIZE - 1, f);
	ck_assert_msg(!ferror(f) && feof(f), "%s", path);
	fclose(f);
	text[n] = '\0';
	return text;
}

char *vectors_read(const char *path)
{
	char *text = vectors_read_optional(path);

	ck_assert_msg(text != NULL, "cannot read %s", vectors_path(path));
	return text;
}

json_t *vectors_read_json(const char *path)
{
	char *text = vectors_read(path);
	json_error_t why;
	json_t *json = json_loads(text, 0, &why);

	ck_assert_msg(json != NULL, "%s: %s", path, why.text);
	free(text);
	return json;
}

void vectors_each(const char *path, const char *list, bool (*check)(const json_t *test),
		  size_t want_n)
{
	json_t *vectors, *test;
	size_t i, n = 0;

	if (!vectors_have(path))
		return;
	vectors = vectors_read_json(path);
	json_array_foreach(json_object_get(vectors, list), i, test) {
		n += check(test);
	}
	ck_assert_uint_eq(n, want_n);
	json_decref(vectors);
}

char **vectors_list(const char *pattern, size_t *ret_n)
{
	size_t skip = strlen(folder()) + 1, i;
	glob_t found;
	char **list;

	ck_assert_int_eq(glob(vectors_path(pattern), 0, NULL, &found), 0);
	list = calloc(found.gl_pathc, sizeof(*list));
	ck_assert_ptr_nonnull(list);
	for (i = 0; i < found.gl_pathc; i++) {
		list[i] = strdup(found.gl_pathv[i] + skip);
		ck_assert_ptr_nonnull(list[i]);
	}
	*ret_n = found.gl_pathc;
	globfree(&found);
	return list;
}

void vectors_free_list(char **list, size_t n)
{
	while (n > 0)
		free(list[--n]);
	free(list);
}

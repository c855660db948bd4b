/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/env.h"

#include <string.h>

struct slice aws_env_get(const char *const *env, const char *name)
{
	size_t len = strlen(name);
	struct slice value;

	for (; env != NULL && *env != NULL; env++) {
		if (strncmp(*env, name, len) != 0 || (*env)[len] != '=')
			continue;
		value = slice_trim(slice_of(*env + len + 1), STR_SPACE);
		if (value.len > 0)
			return value;
		break;
	}
	return (struct slice){NULL, 0};
}

bool aws_env_is_true(const char *const *env, const char *name)
{
	return slice_eq_nocase(aws_env_get(env, name), "true");
}

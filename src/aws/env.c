/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/env.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice aws_trim(struct slice s)
{
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	return s;
}

struct slice aws_env_get(const char *const *env, const char *name)
{
	size_t len = strlen(name);
	struct slice value;

	for (; env != NULL && *env != NULL; env++) {
		if (strncmp(*env, name, len) != 0 || (*env)[len] != '=')
			continue;
		value = aws_trim(slice_of(*env + len + 1));
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

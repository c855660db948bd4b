/* SPDX-License-Identifier: BSD-2-Clause
 * The shared files ~/.aws/config and ~/.aws/credentials: their grammar.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * Pure. */
#ifndef MOORING_AWS_PROFILE_H
#define MOORING_AWS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum {
	AWS_PROFILE_FILE_MAX = 1024 * 1024,
	AWS_PROFILE_SECTIONS_MAX = 1024,
	AWS_PROFILE_PROPERTIES_MAX = 256, /* of one section */
	AWS_PROFILE_PATH_SIZE = 4096,
};

enum aws_profile_file { AWS_FILE_CONFIG, AWS_FILE_CREDENTIALS };
enum aws_profile_section { AWS_SECTION_PROFILE, AWS_SECTION_SSO_SESSION, AWS_SECTION_SERVICES };

/* The merged content of both files; wiped when freed, for it holds secrets. */
struct aws_profiles;

int aws_profiles_new(struct aws_profiles **ret);
/* NULL is fine. */
void aws_profiles_free(struct aws_profiles *p);

/* Notes a file whose text is not in it, for those who miss what it should have said; the first
 * sentence stays. */
void aws_profiles_leave_out(struct aws_profiles *p, const char *why);
/* "" when nothing was left out; borrowed. */
const char *aws_profiles_left_out(const struct aws_profiles *p);

/* Adds one file's text; the configuration first, so that the credentials file wins. origin names
 * the file in sentences. ERR_INVAL, ERR_LIMIT (both name the line), ERR_NOMEM; what was read before
 * the error stays. */
int aws_profiles_parse(struct aws_profiles *p, enum aws_profile_file file, const char *origin,
		       struct slice text, struct errinfo *ei);

bool aws_profiles_has(const struct aws_profiles *p, enum aws_profile_section section,
		      struct slice name);
/* key in lower case. p is NULL when there is no such property; borrowed. */
struct slice aws_profiles_get(const struct aws_profiles *p, enum aws_profile_section section,
			      struct slice name, const char *key);
/* A property within a nested value, which aws_profiles_get() gives as lines of "key = value". */
struct slice aws_profile_sub(struct slice value, const char *key);

#endif

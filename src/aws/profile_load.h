/* SPDX-License-Identifier: BSD-2-Clause
 * Where the shared files are, and what is in them. Core thread. */
#ifndef MOORING_AWS_PROFILE_LOAD_H
#define MOORING_AWS_PROFILE_LOAD_H

#include "aws/profile.h"
#include "base/err.h"
#include "base/str.h"

/* Where a file is, from AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and HOME: "" when none of them
 * tells. ERR_LIMIT. */
int aws_profile_find_path(const char *const *env, enum aws_profile_file file,
			  char ret[AWS_PROFILE_PATH_SIZE]);
/* The variable that names a profile: AWS_PROFILE, or the older AWS_DEFAULT_PROFILE; NULL when none
 * does. */
const char *aws_profile_find_variable(const char *const *env);
/* What it says, or "default". */
struct slice aws_profile_find_name(const char *const *env);

/* Reads both; a missing file is an empty one. So is, with a warning and aws_profiles_left_out(),
 * one that lies in HOME and cannot be read or has an error in it: nobody may have asked for it. One
 * that a variable names ends this with the codes of aws_profiles_parse(), or ERR_IO. */
int aws_profiles_load(const char *const *env, struct aws_profiles **ret, struct errinfo *ei);

#endif

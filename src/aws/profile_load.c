/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/profile_load.h"

#include <stdio.h>

#include "aws/env.h"
#include "aws/aws_file.h"
#include "base/buf.h"

static int format_path(char ret[AWS_PROFILE_PATH_SIZE], struct slice dir, const char *rest)
{
	int n = snprintf(ret, AWS_PROFILE_PATH_SIZE, "%.*s%s", (int)dir.len, dir.p, rest);

	return n >= 0 && n < AWS_PROFILE_PATH_SIZE ? 0 : ERR_LIMIT;
}

int aws_profile_find_path(const char *const *env, enum aws_profile_file file,
			  char ret[AWS_PROFILE_PATH_SIZE])
{
	bool is_config = file == AWS_FILE_CONFIG;
	const char *name = is_config ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE";
	struct slice set = aws_env_get(env, name), home = aws_env_get(env, "HOME");

	ret[0] = '\0';
	if (set.len >= AWS_PROFILE_PATH_SIZE || home.len >= AWS_PROFILE_PATH_SIZE)
		return ERR_LIMIT;
	if (set.len > 1 && set.p[0] == '~' && set.p[1] == '/' && home.len > 0)
		return format_path(ret, home, set.p + 1);
	if (set.len > 0)
		return format_path(ret, set, "");
	if (home.len > 0)
		return format_path(ret, home, is_config ? "/.aws/config" : "/.aws/credentials");
	return 0;
}

struct slice aws_profile_find_name(const char *const *env)
{
	struct slice name = aws_env_get(env, "AWS_PROFILE");

	return name.len > 0 ? name : slice_of("default");
}

static int load_file(struct aws_profiles *p, const char *const *env, enum aws_profile_file file,
		     struct errinfo *ei)
{
	char path[AWS_PROFILE_PATH_SIZE];
	struct buf text;
	int err;

	err = aws_profile_find_path(env, file, path);
	if (err != 0)
		return err_set(ei, err, "the path of the AWS %s file is too long",
			       file == AWS_FILE_CONFIG ? "configuration" : "credentials");
	if (path[0] == '\0')
		return 0;
	buf_init(&text, AWS_PROFILE_FILE_MAX);
	err = aws_file_read(path, &text, ei);
	if (err == ERR_NOTFOUND)
		err = 0;
	else if (err == 0)
		err = aws_profiles_parse(p, file, path, (struct slice){text.data, text.len}, ei);
	buf_fini_secret(&text);
	return err;
}

int aws_profiles_load(const char *const *env, struct aws_profiles **ret, struct errinfo *ei)
{
	struct aws_profiles *p = NULL;
	int err;

	err = aws_profiles_new(&p);
	if (err == 0)
		err = load_file(p, env, AWS_FILE_CONFIG, ei);
	if (err == 0)
		err = load_file(p, env, AWS_FILE_CREDENTIALS, ei);
	if (err != 0) {
		aws_profiles_free(p);
		return err_set(ei, err, "AWS profiles cannot be read: %s", err_str(err));
	}
	*ret = p;
	return 0;
}

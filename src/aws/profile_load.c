/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/profile_load.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/env.h"
#include "aws/aws_file.h"
#include "base/buf.h"
#include "base/log.h"

static const char *const variables[] = {
	[AWS_FILE_CONFIG] = "AWS_CONFIG_FILE",
	[AWS_FILE_CREDENTIALS] = "AWS_SHARED_CREDENTIALS_FILE",
};

static int format_path(char ret[AWS_PROFILE_PATH_SIZE], struct slice dir, const char *rest)
{
	int n = snprintf(ret, AWS_PROFILE_PATH_SIZE, "%.*s%s", (int)dir.len, dir.p, rest);

	return n >= 0 && n < AWS_PROFILE_PATH_SIZE ? 0 : ERR_LIMIT;
}

int aws_profile_find_path(const char *const *env, enum aws_profile_file file,
			  char ret[AWS_PROFILE_PATH_SIZE])
{
	struct slice set = aws_env_get(env, variables[file]), home = aws_env_get(env, "HOME");

	ret[0] = '\0';
	if (set.len >= AWS_PROFILE_PATH_SIZE || home.len >= AWS_PROFILE_PATH_SIZE)
		return ERR_LIMIT;
	if (set.len > 1 && set.p[0] == '~' && set.p[1] == '/' && home.len > 0)
		return format_path(ret, home, set.p + 1);
	if (set.len > 0)
		return format_path(ret, set, "");
	if (home.len > 0)
		return format_path(ret, home,
				   file == AWS_FILE_CONFIG ? "/.aws/config" : "/.aws/credentials");
	return 0;
}

const char *aws_profile_find_variable(const char *const *env)
{
	static const char *const names[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (aws_env_get(env, names[i]).len > 0)
			return names[i];
	return NULL;
}

struct slice aws_profile_find_name(const char *const *env)
{
	const char *variable = aws_profile_find_variable(env);

	return variable != NULL ? aws_env_get(env, variable) : slice_of("default");
}

/* A path that leads nowhere is no mistake, but for a link to nothing, and for a file in the place
 * of the folder. */
static int judge_absence(const char *path, struct errinfo *ei)
{
	char folder[AWS_PROFILE_PATH_SIZE];
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (lstat(path, &st) == 0)
		return err_set(ei, ERR_IO, "%s is a link to nothing", path);
	if (slash == NULL ||
	    str_copy(folder, sizeof(folder), (struct slice){path, (size_t)(slash - path)}) != 0 ||
	    lstat(folder, &st) != 0 || (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_set(ei, ERR_IO, "%s is no folder", folder);
}

/* The text of one file; empty when there is none. */
static int read_file(const char *const *env, enum aws_profile_file file, bool is_named,
		     char path[AWS_PROFILE_PATH_SIZE], struct buf *out, struct errinfo *ei)
{
	int err = aws_profile_find_path(env, file, path);

	if (err != 0)
		return err_set(ei, err, "the path of the AWS %s file is too long",
			       file == AWS_FILE_CONFIG ? "configuration" : "credentials");
	err = path[0] != '\0' ? aws_file_read(path, out, ei) : 0;
	if (err == ERR_NOTFOUND)
		err = is_named ? 0 : judge_absence(path, ei);
	return err;
}

/* Says so once, until the file can be read or the reason is another one: the files are read again
 * and again. */
static void leave_out(struct aws_profiles *p, enum aws_profile_file file, const char *why)
{
	static char told[sizeof(variables) / sizeof(variables[0])][ERR_TEXT_MAX];

	if (why[0] != '\0' && strcmp(told[file], why) != 0)
		log_event(LOG_LEVEL_WARN, "a file of AWS profiles is passed over",
			  LOG_FIELDS(log_str("why", why)));
	str_copy(told[file], sizeof(told[file]), slice_of(why));
	if (why[0] != '\0')
		aws_profiles_leave_out(p, why);
}

/* What comes before an error in a file is not believed either. */
static int check_text(enum aws_profile_file file, const char *path, struct slice text,
		      struct errinfo *ei)
{
	struct aws_profiles *scratch = NULL;
	int err = aws_profiles_new(&scratch);

	if (err == 0)
		err = aws_profiles_parse(scratch, file, path, text, ei);
	aws_profiles_free(scratch);
	return err;
}

static int load_file(struct aws_profiles *p, const char *const *env, enum aws_profile_file file,
		     struct errinfo *ei)
{
	bool is_named = aws_env_get(env, variables[file]).len > 0;
	char path[AWS_PROFILE_PATH_SIZE];
	struct errinfo why = ERRINFO_INIT;
	struct buf text;
	int err;

	buf_init(&text, AWS_PROFILE_FILE_MAX);
	err = read_file(env, file, is_named, path, &text, &why);
	if (err == 0)
		err = check_text(file, path, (struct slice){text.data, text.len}, &why);
	if (err == 0)
		err = aws_profiles_parse(p, file, path, (struct slice){text.data, text.len}, &why);
	if (err != 0 && err != ERR_NOMEM && !is_named) {
		leave_out(p, file, why.text);
		err = 0;
	} else if (err == 0) {
		leave_out(p, file, "");
	}
	if (err != 0)
		err_set(ei, err, "%s", why.text[0] != '\0' ? why.text : err_str(err));
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

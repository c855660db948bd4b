/* SPDX-License-Identifier: BSD-2-Clause
 * The providers that answer at once: environment variables and the shared files. */
#include "aws/credentials.h"

#include <stdlib.h>

#include "aws/env.h"
#include "aws/profile.h"

struct static_provider {
	struct aws_provider base;
	const char *const *env;
	struct aws_credentials *current; /* NULL until the first answer */
};

/* ERR_NOTFOUND when the environment holds neither key. */
static int read_environment(const char *const *env, struct aws_credentials **ret,
			    struct errinfo *ei)
{
	struct slice key_id = aws_env_get(env, "AWS_ACCESS_KEY_ID");
	struct slice secret = aws_env_get(env, "AWS_SECRET_ACCESS_KEY");
	struct slice token = aws_env_get(env, "AWS_SESSION_TOKEN");

	if (key_id.len == 0 && secret.len == 0)
		return ERR_NOTFOUND;
	if (token.len == 0)
		token = aws_env_get(env, "AWS_SECURITY_TOKEN");
	return aws_credentials_new(key_id, secret, token, 0, "the environment", ret, ei);
}

/* Kinds of profile that need more than reading a file. */
static const char *find_unsupported(const struct aws_profiles *p, struct slice name)
{
	static const char *const keys[] = {"role_arn",	    "web_identity_token_file",
					   "sso_session",   "sso_start_url",
					   "login_session", "credential_process"};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (aws_profiles_get(p, AWS_SECTION_PROFILE, name, keys[i]).len > 0)
			return keys[i];
	return NULL;
}

static int read_profile(const struct aws_profiles *p, struct slice name, const char *shown,
			struct aws_credentials **ret, struct errinfo *ei)
{
	struct slice key_id = aws_profiles_get(p, AWS_SECTION_PROFILE, name, "aws_access_key_id");
	struct slice secret =
		aws_profiles_get(p, AWS_SECTION_PROFILE, name, "aws_secret_access_key");
	struct slice token = aws_profiles_get(p, AWS_SECTION_PROFILE, name, "aws_session_token");
	const char *unsupported = find_unsupported(p, name);
	char origin[128] = "profile ";

	(void)str_copy(origin + 8, sizeof(origin) - 8, slice_of(shown));
	/* The role first: its profile may hold the keys that only serve to assume it. */
	if (unsupported != NULL)
		return err_set(ei, ERR_UNAVAILABLE,
			       "AWS %s uses %s, which is not supported here: give it "
			       "aws_access_key_id and aws_secret_access_key",
			       origin, unsupported);
	if (key_id.len == 0 && secret.len == 0)
		return ERR_NOTFOUND;
	return aws_credentials_new(key_id, secret, token, 0, origin, ret, ei);
}

static int read_files(const char *const *env, struct aws_credentials **ret, struct errinfo *ei)
{
	struct slice name = aws_profile_find_name(env);
	struct aws_profiles *profiles = NULL;
	char shown[100];
	int err;

	(void)str_printable(shown, sizeof(shown), name);
	err = aws_profiles_load(env, &profiles, ei);
	if (err != 0)
		return err;
	if (aws_env_get(env, "AWS_PROFILE").len > 0 &&
	    !aws_profiles_has(profiles, AWS_SECTION_PROFILE, name))
		err = err_set(ei, ERR_UNAVAILABLE, "AWS_PROFILE names \"%s\", which is in no file",
			      shown);
	else
		err = read_profile(profiles, name, shown, ret, ei);
	aws_profiles_free(profiles);
	return err;
}

static int read_all(const char *const *env, struct aws_credentials **ret, struct errinfo *ei)
{
	int err = read_environment(env, ret, ei);
	char shown[100];

	if (err == ERR_NOTFOUND)
		err = read_files(env, ret, ei);
	if (err == ERR_NOTFOUND)
		return err_set(ei, ERR_UNAVAILABLE,
			       "no AWS credentials: neither AWS_ACCESS_KEY_ID nor profile %s",
			       str_printable(shown, sizeof(shown), aws_profile_find_name(env)));
	if (err != 0)
		return err_set(ei, err, "AWS credentials cannot be read: %s", err_str(err));
	return 0;
}

/* A refused snapshot is read again: somebody may have put new keys into the file. */
static void static_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct static_provider *p = (struct static_provider *)base;
	struct aws_credentials *fresh = NULL;
	struct errinfo why = ERRINFO_INIT;
	int err = 0;

	if (p->current == NULL || refresh)
		err = read_all(p->env, &fresh, &why);
	if (fresh != NULL) {
		aws_credentials_unref(p->current);
		p->current = fresh;
	}
	if (err != 0)
		w->done(w->arg, err, NULL, &why);
	else
		w->done(w->arg, 0, p->current, NULL);
}

static void static_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	(void)base;
	(void)w;
}

static void static_close(struct aws_provider *base)
{
	struct static_provider *p = (struct static_provider *)base;

	aws_credentials_unref(p->current);
	free(p);
}

static const struct aws_provider_ops static_ops = {
	.get = static_get,
	.cancel = static_cancel,
	.close = static_close,
};

int aws_provider_new_default(const char *const *env, struct aws_provider **ret)
{
	struct static_provider *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->base.ops = &static_ops;
	p->env = env;
	*ret = &p->base;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * A plan (aws/roleplan.h) carried out: the keys it begins with, then one role after the other. The
 * profile files make such a plan, and so do the variables of a web identity. */
#include "aws/roles.h"

#include <stdlib.h>

#include "aws/client_int.h"
#include "aws/container.h"
#include "aws/credential_process.h"
#include "aws/env.h"
#include "aws/environment.h"
#include "aws/aws_file.h"
#include "aws/imds.h"
#include "aws/profile_load.h"
#include "aws/roleplan.h"
#include "aws/sts.h"

enum { WEB_TOKEN_MAX = 20000, SHOWN_SIZE = 128 };

struct roles;

typedef int plan_fn(struct roles *r, struct errinfo *ei);

struct roles {
	struct aws_provider base;
	struct aws_client *client;
	plan_fn *make_plan;
	struct aws_profiles *profiles; /* what the plan borrows from; NULL between questions */
	struct aws_roleplan plan;
	size_t n_assumed;
	struct aws_provider *source;	      /* of the keys, unless the plan has them */
	struct aws_credentials_wait question; /* our question to source */
	struct aws_sts *sts;
	struct aws_credentials *creds; /* those of the last step; NULL before the first */
	struct aws_credentials_wait *asker;
};

static void forget(struct roles *r)
{
	aws_sts_free(r->sts);
	aws_provider_close(r->source);
	aws_credentials_unref(r->creds);
	aws_profiles_free(r->profiles);
	r->sts = NULL;
	r->source = NULL;
	r->creds = NULL;
	r->profiles = NULL;
	r->asker = NULL;
}

static void role_answer(struct roles *r, int err, const struct errinfo *why)
{
	struct aws_credentials_wait *w = r->asker;
	struct aws_credentials *creds = r->creds;
	struct errinfo copy = ERRINFO_INIT;

	r->creds = NULL;
	if (err != 0)
		copy = *why;
	forget(r);
	w->done(w->arg, err, err == 0 ? creds : NULL, err != 0 ? &copy : NULL);
	aws_credentials_unref(creds);
}

static int read_token(const struct roles *r, struct buf *out, struct errinfo *ei)
{
	char path[AWS_PROFILE_PATH_SIZE], shown[SHOWN_SIZE];
	int err = str_copy(path, sizeof(path), r->plan.token_file);

	if (err == 0)
		err = aws_file_read(path, out, ei);
	if (err == 0 && slice_trim((struct slice){out->data, out->len}, STR_SPACE).len == 0)
		err = ERR_NOTFOUND;
	if (err == 0 || err == ERR_NOMEM)
		return err;
	return err_set(ei, ERR_UNAVAILABLE, "the web identity token in %s cannot be read: %s",
		       str_printable(shown, sizeof(shown), r->plan.token_file), err_str(err));
}

static void on_role(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why);

/* The token's file is read each time: the cluster replaces it. */
static int assume_next(struct roles *r, struct errinfo *ei)
{
	struct buf text;
	int err = 0;

	buf_init(&text, WEB_TOKEN_MAX);
	if (r->creds == NULL)
		err = read_token(r, &text, ei);
	if (err == 0 && r->sts == NULL)
		err = aws_sts_new(r->client, NULL, &r->sts, ei);
	if (err == 0)
		err = aws_sts_assume(r->sts, &r->plan.roles[r->n_assumed], r->creds,
				     slice_trim((struct slice){text.data, text.len}, STR_SPACE),
				     on_role, r);
	buf_fini_secret(&text);
	return err;
}

/* Goes on with the keys at hand, or ends. */
static void proceed(struct roles *r)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = 0;

	if (r->n_assumed < r->plan.n_roles) {
		err = assume_next(r, &ei);
		if (err == 0)
			return;
		err_set(&ei, err, "the role cannot be assumed: %s", err_str(err));
	}
	role_answer(r, err, &ei);
}

static void on_role(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	struct roles *r = arg;

	if (err != 0) {
		/* STS answered, with NoSuchEntity for example. ERR_NOTFOUND would mean that this
		 * place is not in use. */
		role_answer(r, err == ERR_NOTFOUND ? ERR_UNAVAILABLE : err, why);
		return;
	}
	aws_credentials_unref(r->creds);
	r->creds = aws_credentials_ref(creds);
	r->n_assumed++;
	proceed(r);
}

static void on_source(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	struct roles *r = arg;
	struct errinfo ei = ERRINFO_INIT;

	if (err != 0) {
		err = err == ERR_NOTFOUND ? ERR_UNAVAILABLE : err;
		err_set(&ei, err, "%s%s",
			r->plan.base == AWS_BASE_PROCESS
				? ""
				: "the credential_source of the AWS profile gives no keys: ",
			why->text);
		role_answer(r, err, &ei);
		return;
	}
	r->creds = aws_credentials_ref(creds);
	proceed(r);
}

static int ask_source(struct roles *r)
{
	int err;

	if (r->plan.base == AWS_BASE_ENVIRONMENT)
		err = aws_source_new_environment(r->client, &r->source);
	else if (r->plan.base == AWS_BASE_CONTAINER)
		err = aws_source_new_container(r->client, &r->source);
	else if (r->plan.base == AWS_BASE_PROCESS)
		err = aws_source_new_process(r->client, r->plan.process, r->plan.profile,
					     &r->source);
	else
		err = aws_source_new_imds(r->client, &r->source);
	if (err != 0)
		return err;
	r->question.done = on_source;
	r->question.arg = r;
	aws_provider_get(r->source, false, &r->question);
	return 0;
}

static void roles_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct roles *r = (struct roles *)base;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	(void)refresh;
	r->asker = w;
	r->n_assumed = 0;
	err = r->make_plan(r, &ei);
	if (err == 0 && r->plan.base == AWS_BASE_KEYS)
		err = aws_credentials_new(r->plan.key_id, r->plan.secret, r->plan.session_token, 0,
					  r->plan.origin, &r->creds, &ei);
	if (err != 0) {
		err_set(&ei, err, "AWS credentials cannot be read: %s", err_str(err));
		role_answer(r, err, &ei);
		return;
	}
	if (r->plan.base == AWS_BASE_KEYS || r->plan.base == AWS_BASE_WEB_IDENTITY) {
		proceed(r);
		return;
	}
	err = ask_source(r);
	if (err != 0)
		role_answer(r, err, &ei);
}

static void roles_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct roles *r = (struct roles *)base;

	(void)w;
	if (r->source != NULL && r->creds == NULL)
		aws_provider_cancel(r->source, &r->question);
	forget(r);
}

static void roles_close(struct aws_provider *base)
{
	free(base);
}

static int new_roles(struct aws_client *client, plan_fn *make_plan, struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {roles_get, roles_cancel, roles_close};
	struct roles *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->base.ops = &ops;
	r->client = client;
	r->make_plan = make_plan;
	*ret = &r->base;
	return 0;
}

static int plan_of(struct roles *r, struct errinfo *ei)
{
	const char *const *env = r->client->env;
	const char *variable = aws_profile_find_variable(env);
	struct slice name = aws_profile_find_name(env);
	char shown[SHOWN_SIZE];
	int err;

	str_printable(shown, sizeof(shown), name);
	if (variable != NULL && !aws_profiles_has(r->profiles, AWS_SECTION_PROFILE, name))
		return err_set(ei, ERR_UNAVAILABLE, "%s names \"%s\", which is in no file",
			       variable, shown);
	err = aws_roleplan_make(r->profiles, name, &r->plan, ei);
	return err == ERR_NOTFOUND ? err_set(ei, err, "profile %s says nothing of them", shown)
				   : err;
}

static int plan_profile(struct roles *r, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	const char *left_out;
	int err = aws_profiles_load(r->client->env, &r->profiles, ei);

	if (err != 0)
		return err;
	err = plan_of(r, &why);
	left_out = aws_profiles_left_out(r->profiles);
	if (err != 0 && why.text[0] != '\0')
		err_set(ei, err, "%s%s%s", why.text, left_out[0] != '\0' ? "; passed over: " : "",
			left_out);
	return err;
}

int aws_source_new_profile(struct aws_client *client, struct aws_provider **ret)
{
	return new_roles(client, plan_profile, ret);
}

static int plan_web_identity(struct roles *r, struct errinfo *ei)
{
	const char *const *env = r->client->env;
	struct slice file = aws_env_get(env, "AWS_WEB_IDENTITY_TOKEN_FILE");
	struct aws_role role = {
		.arn = aws_env_get(env, "AWS_ROLE_ARN"),
		.session_name = aws_env_get(env, "AWS_ROLE_SESSION_NAME"),
	};

	if (file.len == 0)
		return err_set(ei, ERR_NOTFOUND, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
	if (role.arn.len == 0)
		return err_set(ei, ERR_UNAVAILABLE,
			       "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not");
	if (role.session_name.len > 0 && !aws_role_is_session_name(role.session_name))
		return err_set(ei, ERR_UNAVAILABLE,
			       "AWS_ROLE_SESSION_NAME must be 2 to 64 letters, digits or "
			       "characters of _+=,.@-");
	r->plan = (struct aws_roleplan){
		.base = AWS_BASE_WEB_IDENTITY,
		.token_file = file,
		.n_roles = 1,
		.roles = {role},
	};
	return 0;
}

int aws_source_new_web_identity(struct aws_client *client, struct aws_provider **ret)
{
	return new_roles(client, plan_web_identity, ret);
}

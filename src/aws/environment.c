/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/environment.h"

#include <stdlib.h>

#include "aws/client_int.h"
#include "aws/env.h"

struct environment {
	struct aws_provider base;
	const char *const *env;
};

static int read_environment(const char *const *env, struct aws_credentials **ret,
			    struct errinfo *ei)
{
	struct slice key_id = aws_env_get(env, "AWS_ACCESS_KEY_ID");
	struct slice secret = aws_env_get(env, "AWS_SECRET_ACCESS_KEY");
	struct slice token = aws_env_get(env, "AWS_SESSION_TOKEN");

	if (key_id.len == 0 && secret.len == 0)
		return err_set(ei, ERR_NOTFOUND, "AWS_ACCESS_KEY_ID is not set");
	if (token.len == 0)
		token = aws_env_get(env, "AWS_SECURITY_TOKEN");
	return aws_credentials_new(key_id, secret, token, 0, "the environment", ret, ei);
}

static void environment_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct environment *e = (struct environment *)base;
	struct aws_credentials *creds = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err = read_environment(e->env, &creds, &ei);

	(void)refresh;
	w->done(w->arg, err, creds, err != 0 ? &ei : NULL);
	aws_credentials_unref(creds);
}

static void environment_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	(void)base;
	(void)w;
}

static void environment_close(struct aws_provider *base)
{
	free(base);
}

int aws_source_new_environment(struct aws_client *client, struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {environment_get, environment_cancel,
						    environment_close};
	struct environment *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return ERR_NOMEM;
	e->base.ops = &ops;
	e->env = client->env;
	*ret = &e->base;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/chain.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/client_int.h"
#include "aws/container.h"
#include "aws/env.h"
#include "aws/environment.h"
#include "aws/imds.h"
#include "aws/profile_load.h"
#include "aws/roles.h"

enum { STEPS_MAX = 5, SHOWN_SIZE = 100 };

typedef int source_new_fn(struct aws_client *client, struct aws_provider **ret);

static source_new_fn *const makers[] = {
	[AWS_CREDENTIALS_ENVIRONMENT] = aws_source_new_environment,
	[AWS_CREDENTIALS_PROFILE] = aws_source_new_profile,
	[AWS_CREDENTIALS_WEB_IDENTITY] = aws_source_new_web_identity,
	[AWS_CREDENTIALS_CONTAINER] = aws_source_new_container,
	[AWS_CREDENTIALS_IMDS] = aws_source_new_imds,
};

struct chain {
	struct aws_provider base;
	struct aws_client *client;
	size_t n_steps;
	size_t at;
	struct aws_provider *steps[STEPS_MAX];
	struct aws_credentials_wait question; /* our question to the provider of the step */
	struct aws_credentials_wait *asker;
};

static void on_step(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why);

static void ask_step(struct chain *c)
{
	c->question.done = on_step;
	c->question.arg = c;
	aws_provider_get(c->steps[c->at], false, &c->question);
}

/* A file that may have had the keys, and was passed over. */
static void add_left_out(const struct chain *c, char out[ERR_TEXT_MAX])
{
	struct aws_profiles *profiles = NULL;

	out[0] = '\0';
	if (aws_profiles_load(c->client->env, &profiles, NULL) != 0)
		return;
	if (aws_profiles_left_out(profiles)[0] != '\0')
		snprintf(out, ERR_TEXT_MAX, " (%s)", aws_profiles_left_out(profiles));
	aws_profiles_free(profiles);
}

static void chain_fail(struct chain *c, struct aws_credentials_wait *w, const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;
	char shown[SHOWN_SIZE], left_out[ERR_TEXT_MAX];

	add_left_out(c, left_out);
	if (c->n_steps == 1)
		err_set(&ei, ERR_UNAVAILABLE, "no AWS credentials: %s", why->text);
	else
		err_set(&ei, ERR_UNAVAILABLE,
			"no AWS credentials: neither AWS_ACCESS_KEY_ID nor profile %s%s; %s",
			str_printable(shown, sizeof(shown), aws_profile_find_name(c->client->env)),
			left_out, why->text);
	w->done(w->arg, ERR_UNAVAILABLE, NULL, &ei);
}

/* A place that is in use and fails ends the search: another one would have other permissions. A
 * container that names its endpoint is therefore never asked for the keys of its host. */
static void on_step(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	struct chain *c = arg;
	struct aws_credentials_wait *w = c->asker;

	if (err == ERR_NOTFOUND && c->at + 1 < c->n_steps) {
		c->at++;
		ask_step(c);
		return;
	}
	c->asker = NULL;
	if (err == ERR_NOTFOUND)
		chain_fail(c, w, why);
	else
		w->done(w->arg, err, creds, why);
}

static void chain_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct chain *c = (struct chain *)base;

	(void)refresh;
	c->asker = w;
	c->at = 0;
	ask_step(c);
}

static void chain_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct chain *c = (struct chain *)base;

	(void)w;
	aws_provider_cancel(c->steps[c->at], &c->question);
	c->asker = NULL;
}

static void chain_close(struct aws_provider *base)
{
	struct chain *c = (struct chain *)base;

	while (c->n_steps > 0)
		aws_provider_close(c->steps[--c->n_steps]);
	free(c);
}

static int add_step(struct chain *c, enum aws_credentials_source which)
{
	int err = makers[which](c->client, &c->steps[c->n_steps]);

	if (err == 0)
		c->n_steps++;
	return err;
}

/* https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html; SDKs differ in
 * whether a web identity or a profile comes first. Whoever names a profile means the profile. */
static int add_all(struct chain *c)
{
	bool has_profile = aws_profile_find_variable(c->client->env) != NULL;
	const enum aws_credentials_source order[STEPS_MAX] = {
		AWS_CREDENTIALS_ENVIRONMENT,
		has_profile ? AWS_CREDENTIALS_PROFILE : AWS_CREDENTIALS_WEB_IDENTITY,
		has_profile ? AWS_CREDENTIALS_WEB_IDENTITY : AWS_CREDENTIALS_PROFILE,
		AWS_CREDENTIALS_CONTAINER,
		AWS_CREDENTIALS_IMDS,
	};
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < STEPS_MAX; i++)
		err = add_step(c, order[i]);
	return err;
}

int aws_source_new_chain(struct aws_client *client, enum aws_credentials_source which,
			 struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {chain_get, chain_cancel, chain_close};
	struct chain *c = calloc(1, sizeof(*c));
	int err;

	if (c == NULL)
		return ERR_NOMEM;
	c->base.ops = &ops;
	c->client = client;
	err = which == AWS_CREDENTIALS_AUTO ? add_all(c) : add_step(c, which);
	if (err != 0) {
		chain_close(&c->base);
		return err;
	}
	*ret = &c->base;
	return 0;
}

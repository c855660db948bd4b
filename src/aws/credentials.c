/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/credentials.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aws/env.h"

/* They go into header lines. */
static bool is_printable(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static int credentials_check(struct slice s, size_t max, const char *what, const char *origin,
			     struct errinfo *ei)
{
	if (s.len > max)
		return err_set(ei, ERR_LIMIT, "the AWS %s from %s is longer than %zu characters",
			       what, origin, max);
	if (!is_printable(s))
		return err_set(ei, ERR_INVAL,
			       "the AWS %s from %s has a blank or a non-ASCII character in it",
			       what, origin);
	return 0;
}

static int check_all(struct slice key_id, struct slice secret, struct slice token,
		     const char *origin, struct errinfo *ei)
{
	int err;

	if (key_id.len == 0 || secret.len == 0)
		return err_set(ei, ERR_INVAL, "%s has an AWS %s without its %s", origin,
			       key_id.len == 0 ? "secret key" : "access key id",
			       key_id.len == 0 ? "access key id" : "secret key");
	err = credentials_check(key_id, AWS_KEY_ID_MAX, "access key id", origin, ei);
	if (err == 0)
		err = credentials_check(secret, AWS_SECRET_MAX, "secret key", origin, ei);
	if (err == 0)
		err = credentials_check(token, AWS_TOKEN_MAX, "session token", origin, ei);
	return err;
}

int aws_credentials_new(struct slice key_id, struct slice secret, struct slice token,
			int64_t expires_s, const char *origin, struct aws_credentials **ret,
			struct errinfo *ei)
{
	struct aws_credentials *c;
	int err;

	key_id = slice_trim(key_id, STR_SPACE);
	secret = slice_trim(secret, STR_SPACE);
	token = slice_trim(token, STR_SPACE);
	err = check_all(key_id, secret, token, origin, ei);
	if (err != 0)
		return err;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->refs = 1;
	c->expires_s = expires_s;
	c->key_id = strndup(key_id.p, key_id.len);
	c->secret = strndup(secret.p, secret.len);
	c->token = token.len > 0 ? strndup(token.p, token.len) : NULL;
	c->origin = strdup(origin);
	if (c->key_id == NULL || c->secret == NULL || (token.len > 0 && c->token == NULL) ||
	    c->origin == NULL) {
		aws_credentials_unref(c);
		return ERR_NOMEM;
	}
	*ret = c;
	return 0;
}

struct aws_credentials *aws_credentials_ref(struct aws_credentials *c)
{
	c->refs++;
	return c;
}

void aws_credentials_unref(struct aws_credentials *c)
{
	if (c == NULL)
		return;
	assert(c->refs > 0);
	if (--c->refs > 0)
		return;
	str_free_secret(c->key_id);
	str_free_secret(c->secret);
	str_free_secret(c->token);
	free(c->origin);
	free(c->region);
	free(c);
}

/* Both are ours: no timing to hide. */
bool aws_credentials_equal(const struct aws_credentials *a, const struct aws_credentials *b)
{
	if (strcmp(a->key_id, b->key_id) != 0 || strcmp(a->secret, b->secret) != 0)
		return false;
	if (a->token == NULL || b->token == NULL)
		return a->token == b->token;
	return strcmp(a->token, b->token) == 0;
}

void aws_provider_get(struct aws_provider *p, bool refresh, struct aws_credentials_wait *w)
{
	p->ops->get(p, refresh, w);
}

void aws_provider_cancel(struct aws_provider *p, struct aws_credentials_wait *w)
{
	p->ops->cancel(p, w);
}

void aws_provider_close(struct aws_provider *p)
{
	if (p != NULL)
		p->ops->close(p);
}

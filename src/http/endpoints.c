/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/endpoints.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/basic_auth.h"
#include "dyndns/query.h"
#include "dyndns/query_auth.h"
#include "engine/engine.h"

enum method method_parse(const char *name)
{
	static const char *const names[] = {"GET", "HEAD", "POST", "PUT"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum method)i;
	return METHOD_OTHER;
}

static void reply_fixed(struct outcome *ret, enum fixed what)
{
	ret->kind = OUTCOME_FIXED;
	ret->fixed = what;
}

static void endpoint_refuse(struct outcome *ret, enum fixed what, const char *reason)
{
	reply_fixed(ret, what);
	ret->why.reason = reason;
}

static void refuse_query(const struct call *call, struct outcome *ret, int err)
{
	const char *user = call->update->credentials.user;

	if (err == ERR_NOMEM)
		endpoint_refuse(ret, FIXED_911, "out of memory");
	else if (err == ERR_REFUSED)
		endpoint_refuse(ret, FIXED_MEDIA_TYPE,
				"the body is no form and no flat JSON object");
	else
		endpoint_refuse(ret, FIXED_BAD_REQUEST,
				err == ERR_LIMIT ? "the parameters are too long"
						 : "a parameter cannot be read");
	ret->why.user_len = strlen(user);
	memcpy(ret->why.user, user, ret->why.user_len);
}

/* The header counts, unless there is no login in it that could be right: a device whose form has a
 * field for the URL alone may send an empty one. */
static int find_credentials(const struct call *call, struct query_refusal *why)
{
	struct query_credentials *c = &call->update->credentials;
	int err = dyndns_basic_auth_parse(call->authorization, c, why);

	if (err == 0)
		return 0;
	if (call->query_login) {
		err = dyndns_query_auth_parse(call->query, &call->body, c, why);
		return err == ERR_NOTFOUND ? ERR_INVAL : err;
	}
	if (call->authorization.len == 0 && dyndns_query_auth_is_tried(call->query))
		why->reason =
			"a login in the query is not taken on this listener: query-credentials";
	return err;
}

/* Check the credentials before the query, so that a client without any learns nothing from the
 * answer. */
static void run_update(const struct call *call, struct outcome *ret)
{
	int err;

	if (call->method == METHOD_HEAD || call->method == METHOD_OTHER) {
		endpoint_refuse(ret, FIXED_BADAGENT, "the method is none of GET, POST and PUT");
		return;
	}
	err = find_credentials(call, &ret->why);
	if (err == ERR_NOMEM) {
		refuse_query(call, ret, err);
		return;
	}
	if (err != 0) {
		reply_fixed(ret, FIXED_BADAUTH);
		return;
	}
	err = dyndns_query_parse(call->query, &call->body, &call->update->query);
	if (err != 0)
		refuse_query(call, ret, err);
	else
		ret->kind = OUTCOME_UPDATE;
}

static void run_checkip(const struct call *call, struct outcome *ret)
{
	char text[ADDR_TEXT_MAX];

	ret->kind = OUTCOME_TEXT;
	ret->type = "text/html";
	/* Byte for byte what Dyn sends: clients search it with fixed patterns. */
	snprintf(ret->text, sizeof(ret->text),
		 "<html><head><title>Current IP Check</title></head>"
		 "<body>Current IP Address: %s</body></html>\r\n",
		 addr_format(call->peer, text));
}

static void run_myip(const struct call *call, struct outcome *ret)
{
	char text[ADDR_TEXT_MAX];

	ret->kind = OUTCOME_TEXT;
	ret->type = "text/plain";
	snprintf(ret->text, sizeof(ret->text), "%s", addr_format(call->peer, text));
}

void endpoint_run(enum endpoint e, const struct call *call, struct outcome *ret)
{
	memset(&ret->why, 0, sizeof(ret->why));
	if (e == ENDPOINT_NONE)
		reply_fixed(ret, FIXED_NOT_FOUND);
	else if (e == ENDPOINT_UPDATE)
		run_update(call, ret);
	else if (call->method != METHOD_GET && call->method != METHOD_HEAD)
		reply_fixed(ret, FIXED_METHOD);
	else if ((e == ENDPOINT_CHECKIP || e == ENDPOINT_MYIP) && !addr_is_set(call->peer))
		reply_fixed(ret, FIXED_NO_ADDRESS);
	else if (e == ENDPOINT_CHECKIP)
		run_checkip(call, ret);
	else if (e == ENDPOINT_MYIP)
		run_myip(call, ret);
	else
		reply_fixed(ret, FIXED_OK);
}

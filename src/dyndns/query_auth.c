/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query_auth.h"

#include <string.h>

#include "base/err.h"
#include "dyndns/body.h"
#include "dyndns/params.h"

/* The first that has a value; empty: none has. */
static struct slice first_value(const struct query_params *p, size_t first, size_t last)
{
	size_t i;

	for (i = first; i < last; i++)
		if (p->at[i].len > 0)
			break;
	return p->at[i];
}

struct login_parts {
	struct slice user, password, token;
};

static struct login_parts find_parts(const struct query_params *p)
{
	return (struct login_parts){
		.user = first_value(p, PARAM_USER, PARAM_USER_LAST),
		.password = first_value(p, PARAM_PASSWORD, PARAM_PASSWORD_LAST),
		.token = p->at[PARAM_TOKEN],
	};
}

static void append(char pair[CREDENTIALS_PAIR_ROOM], size_t *len, struct slice s)
{
	size_t room = CREDENTIALS_PAIR_MAX + 1 - *len, n = s.len < room ? s.len : room;

	if (n > 0)
		memcpy(pair + *len, s.p, n);
	*len += n;
}

/* "login:password", or its beginning where it is too long. A token is that already. */
static size_t join(const struct login_parts *parts, char pair[CREDENTIALS_PAIR_ROOM])
{
	size_t len = 0;

	if (parts->user.len > 0 && parts->password.len > 0) {
		append(pair, &len, parts->user);
		append(pair, &len, slice_of(":"));
		append(pair, &len, parts->password);
	} else {
		append(pair, &len, parts->token);
	}
	return len;
}

static int take_parts(const struct login_parts *parts, struct query_credentials *ret,
		      struct query_refusal *why)
{
	char pair[CREDENTIALS_PAIR_ROOM];
	size_t len = join(parts, pair);
	int err;

	if (len > 0)
		err = credentials_from_pair(pair, len, ret, why);
	else if (parts->user.len > 0 || parts->password.len > 0)
		err = ERR_INVAL;
	else
		err = ERR_NOTFOUND;
	if (err == ERR_INVAL && len == 0)
		why->reason = parts->user.len > 0 ? "the query has a login and no password"
						  : "the query has a password and no login";
	explicit_bzero(pair, sizeof(pair));
	return err;
}

/* What is too long, or of no kind that is read, has no login in it: dyndns_query_parse() refuses
 * it, if there is one elsewhere. */
static int read_params(struct slice query, const struct dyndns_body *body, struct query_params *p)
{
	int err = params_add_form(p, query);

	if (err == 0 && body != NULL)
		err = dyndns_body_read(body, p);
	return err == ERR_REFUSED || err == ERR_LIMIT ? 0 : err;
}

int dyndns_query_auth_parse(struct slice query, const struct dyndns_body *body,
			    struct query_credentials *ret, struct query_refusal *why)
{
	struct query_params params;
	struct login_parts parts;
	int err;

	params_init(&params, PARAMS_OF_LOGIN);
	memset(ret, 0, sizeof(*ret));
	err = read_params(query, body, &params);
	if (err == ERR_INVAL) {
		memset(why, 0, sizeof(*why));
		why->reason = "an escape in the login of the query is broken";
	} else if (err == 0) {
		parts = find_parts(&params);
		err = take_parts(&parts, ret, why);
	}
	params_wipe(&params);
	if (err != 0)
		explicit_bzero(ret, sizeof(*ret));
	return err;
}

bool dyndns_query_auth_is_tried(struct slice query)
{
	struct query_credentials credentials;
	struct query_refusal why;
	int err = dyndns_query_auth_parse(query, NULL, &credentials, &why);

	explicit_bzero(&credentials, sizeof(credentials));
	return err == 0 || err == ERR_INVAL;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
#include "aws/container.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "aws/aws_file.h"
#include "aws/aws_head.h"
#include "aws/client_int.h"
#include "aws/env.h"
#include "aws/fault.h"
#include "aws/keydoc.h"
#include "aws/metadata.h"
#include "aws/profile.h"
#include "base/buf.h"
#include "fetch/url.h"

#define ORIGIN "the container's credentials endpoint"
static const char ecs_endpoint[] = "http://169.254.170.2";

enum { TOKEN_MAX = 16 * 1024, SHOWN_SIZE = 128, LOOPBACK_NET = 127 };

struct container {
	struct aws_provider base;
	struct aws_client *client;
	struct aws_metadata *ask;
	struct aws_credentials_wait *asker;
};

/* Keys must not go to, nor the token leave for, any machine but this one: loopback, the agent of
 * ECS, and those of EKS. */
bool aws_container_may_connect(const struct sockaddr *addr)
{
	static const char *const agents4[] = {"169.254.170.2", "169.254.170.23"};
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)addr;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)addr;
	struct in6_addr agent6;
	size_t i;

	if (addr->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
		       (inet_pton(AF_INET6, "fd00:ec2::23", &agent6) == 1 &&
			IN6_ARE_ADDR_EQUAL(&in6->sin6_addr, &agent6));
	if (addr->sa_family != AF_INET)
		return false;
	for (i = 0; i < sizeof(agents4) / sizeof(agents4[0]); i++)
		if (in4->sin_addr.s_addr == inet_addr(agents4[i]))
			return true;
	return ntohl(in4->sin_addr.s_addr) >> 24 == LOOPBACK_NET;
}

static int refuse_url(const char *url, const char *why, struct errinfo *ei)
{
	char shown[SHOWN_SIZE];

	return err_set(ei, ERR_UNAVAILABLE, "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"%s\" %s",
		       str_printable(shown, sizeof(shown), slice_of(url)), why);
}

/* A host that is written as an address is judged here, with a sentence that says so. */
static bool is_bad_address(const char *host)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char plain[INET6_ADDRSTRLEN];
	struct slice s = slice_of(host);

	if (inet_pton(AF_INET, host, &in4.sin_addr) == 1)
		return !aws_container_may_connect((const struct sockaddr *)(const void *)&in4);
	if (host[0] != '[')
		return false;
	s = (struct slice){host + 1, s.len - 2};
	return str_copy(plain, sizeof(plain), s) != 0 ||
	       inet_pton(AF_INET6, plain, &in6.sin6_addr) != 1 ||
	       !aws_container_may_connect((const struct sockaddr *)(const void *)&in6);
}

static int judge_parts(const char *url, const char *scheme, const char *host, bool *ret_check,
		       struct errinfo *ei)
{
	*ret_check = scheme == NULL || strcmp(scheme, "https") != 0;
	if (scheme == NULL || host == NULL || (*ret_check && strcmp(scheme, "http") != 0))
		return refuse_url(url, "is not of the form http[s]://host[:port]/path", ei);
	if (*ret_check && is_bad_address(host))
		return refuse_url(url, "names a machine that is not this one: use https", ei);
	return 0;
}

static int check_url(const char *url, bool *ret_check, struct errinfo *ei)
{
	struct fetch_url parts;
	int err = fetch_url_split(url, &parts);

	if (err == ERR_NOMEM)
		return err;
	err = judge_parts(url, parts.scheme, parts.host, ret_check, ei);
	fetch_url_fini(&parts);
	return err;
}

int aws_container_find_url(const char *const *env, char ret[AWS_URL_SIZE], bool *ret_check,
			   struct errinfo *ei)
{
	struct slice relative = aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	struct slice full = aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	size_t len = relative.len > 0 ? sizeof(ecs_endpoint) - 1 : 0;

	if (relative.len == 0 && full.len == 0)
		return err_set(ei, ERR_NOTFOUND,
			       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
	memcpy(ret, ecs_endpoint, len);
	if (str_copy(ret + len, AWS_URL_SIZE - len, relative.len > 0 ? relative : full) != 0)
		return err_set(ei, ERR_UNAVAILABLE, "the URL of %s is too long", ORIGIN);
	if (relative.len > 0 && relative.p[0] != '/')
		return err_set(ei, ERR_UNAVAILABLE,
			       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with \"/\"");
	return check_url(ret, ret_check, ei);
}

/* A line break would begin another header. */
static int check_token(struct slice token, struct errinfo *ei)
{
	size_t i;

	for (i = 0; i < token.len; i++)
		if (token.p[i] < ' ' || token.p[i] > '~')
			return err_set(ei, ERR_UNAVAILABLE,
				       "the authorization token for %s has a line break or another "
				       "character in it that no header may have",
				       ORIGIN);
	return 0;
}

/* The file is read anew each time: its writer replaces it. */
static int find_token(const char *const *env, struct buf *out, struct errinfo *ei)
{
	struct slice file = aws_env_get(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	struct slice token = aws_env_get(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char path[AWS_PROFILE_PATH_SIZE], shown[SHOWN_SIZE];
	int err;

	if (file.len == 0) {
		err = buf_add(out, token.p, token.len);
		return err == 0 ? check_token(token, ei) : err;
	}
	err = str_copy(path, sizeof(path), file);
	if (err == 0)
		err = aws_file_read(path, out, ei);
	if (err != 0)
		return err == ERR_NOMEM
			       ? err
			       : err_set(ei, ERR_UNAVAILABLE,
					 "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %s: %s",
					 str_printable(shown, sizeof(shown), file), err_str(err));
	token = slice_trim((struct slice){out->data, out->len}, STR_SPACE);
	return check_token(token, ei);
}

static void container_answer(struct container *c, int err, struct aws_credentials *creds,
			     const struct errinfo *why)
{
	struct aws_credentials_wait *w = c->asker;

	c->asker = NULL;
	w->done(w->arg, err, creds, err != 0 ? why : NULL);
	aws_credentials_unref(creds);
}

/* Agents explain themselves as AWS's services do. */
static int explain_status(const struct fetch_transfer_reply *reply, struct errinfo *ei)
{
	const struct aws_head *head = aws_head_of(reply);
	struct aws_fault fault;
	char shown[SHOWN_SIZE];
	int err;

	aws_fault_init(&fault);
	err = aws_fault_parse(&fault, reply->body, head->error_type, head->request_id);
	if (err == 0)
		err = err_set(
			ei, ERR_UNAVAILABLE, "%s answers with HTTP status %ld%s%s", ORIGIN,
			reply->status, fault.message.len > 0 ? ": " : "",
			str_printable(shown, sizeof(shown), slice_of(buf_str(&fault.message))));
	aws_fault_fini(&fault);
	return err;
}

static void on_container_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct container *c = arg;
	struct aws_credentials *creds = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	c->ask = NULL;
	if (reply->result == FETCH_TRANSFER_NOMEM)
		err = ERR_NOMEM;
	else if (reply->result != FETCH_TRANSFER_DONE)
		err = err_set(&ei, ERR_UNAVAILABLE, "%s: %s", ORIGIN, reply->why);
	else if (reply->status != 200)
		err = explain_status(reply, &ei);
	else
		err = aws_keydoc_parse_json(reply->body, ORIGIN, &creds, &ei);
	container_answer(c, err, creds, &ei);
}

static int container_start(struct container *c, struct errinfo *ei)
{
	char url[AWS_URL_SIZE];
	struct aws_metadata_request req = {
		.url = url,
		.headers = {{slice_of("Accept"), slice_of("application/json")}},
		.n_headers = 1,
		.timeout_ms = AWS_CONTAINER_TIMEOUT_MS,
		.attempts = AWS_CONTAINER_ATTEMPTS,
		.silent_attempts = AWS_CONTAINER_ATTEMPTS,
		.delay_ms = c->client->ask_delay_ms > 0 ? c->client->ask_delay_ms
							: AWS_CONTAINER_RETRY_MS,
	};
	struct slice token;
	struct buf text;
	bool check;
	int err;

	buf_init(&text, TOKEN_MAX);
	err = aws_container_find_url(c->client->env, url, &check, ei);
	if (err == 0)
		err = find_token(c->client->env, &text, ei);
	token = slice_trim((struct slice){text.data, text.len}, STR_SPACE);
	if (token.len > 0)
		req.headers[req.n_headers++] =
			(struct fetch_header){slice_of("Authorization"), token};
	if (err == 0 && check)
		req.may_connect = aws_container_may_connect;
	if (err == 0)
		err = aws_metadata_start(c->client, &req, on_container_reply, c, &c->ask);
	buf_fini_secret(&text);
	return err;
}

static void container_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct container *c = (struct container *)base;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	(void)refresh;
	c->asker = w;
	err = container_start(c, &ei);
	if (err != 0)
		container_answer(c, err, NULL, &ei);
}

static void container_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct container *c = (struct container *)base;

	(void)w;
	if (c->ask != NULL)
		aws_metadata_cancel(c->ask);
	c->ask = NULL;
	c->asker = NULL;
}

static void container_close(struct aws_provider *base)
{
	free(base);
}

int aws_source_new_container(struct aws_client *client, struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {container_get, container_cancel,
						    container_close};
	struct container *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->base.ops = &ops;
	c->client = client;
	*ret = &c->base;
	return 0;
}

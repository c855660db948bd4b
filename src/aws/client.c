/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/aws_head.h"
#include "aws/call_life.h"
#include "aws/chain.h"
#include "aws/client_int.h"
#include "aws/credentials.h"
#include "aws/env.h"
#include "aws/provider.h"
#include "aws/retry.h"
#include "fetch/libcurl.h"
#include "fetch/transfer.h"

enum {
	DEFAULT_CONNECT_TIMEOUT_MS = 3100,
	DEFAULT_ATTEMPT_TIMEOUT_MS = 3000,
	DEFAULT_CONNECTIONS = 64,
	DEFAULT_RESPONSE_BYTES = 4 * 1024 * 1024,
	CA_PATH_SIZE = 4096,
};

/* A list of our own, of the same strings: setenv(3) may move the process's list at any time. */
static const char **copy_env(const char *const *env)
{
	const char **copy;
	size_t i, n = 0;

	while (env != NULL && env[n] != NULL)
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (i = 0; copy != NULL && i < n; i++)
		copy[i] = env[i];
	return copy;
}

/* "" when the system's own is to be used. */
static int find_ca_bundle(const struct aws_client_conf *conf, const char *const *env,
			  char path[CA_PATH_SIZE], struct errinfo *ei)
{
	struct slice set = slice_of(conf != NULL ? conf->ca_bundle : NULL);

	if (set.len == 0)
		set = aws_env_get(env, "AWS_CA_BUNDLE");
	if (str_copy(path, CA_PATH_SIZE, set) != 0)
		return err_set(ei, ERR_INVAL, "the path of the AWS CA bundle is too long");
	if (set.len > 0 && access(path, R_OK) != 0)
		return err_set(ei, ERR_INVAL, "AWS_CA_BUNDLE: \"%s\" cannot be read", path);
	return 0;
}

/* 0 when nobody set it. */
static unsigned find_max_attempts(const struct aws_client_conf *conf, const char *const *env)
{
	uint64_t n = 0;

	if (conf != NULL && conf->max_attempts > 0)
		return conf->max_attempts;
	if (str_parse_uint(aws_env_get(env, "AWS_MAX_ATTEMPTS"), AWS_RETRY_ATTEMPTS_MAX, &n) != 0)
		return 0;
	return (unsigned)n;
}

static unsigned or_default(unsigned value, unsigned fallback)
{
	return value > 0 ? value : fallback;
}

static void init_breakers(struct aws_client *c, const struct aws_client_conf *conf)
{
	unsigned failures = or_default(conf->breaker_failures, AWS_BREAKER_FAILURES);
	unsigned pause_ms = or_default(conf->breaker_pause_ms, AWS_BREAKER_PAUSE_MAX_MS);
	size_t i;

	for (i = 0; i < AWS_SERVICES; i++)
		aws_breaker_init(&c->breakers[i], failures, pause_ms);
}

static int make_transfers(struct aws_client *c, const struct aws_client_conf *conf,
			  const char *ca_path)
{
	static const struct aws_client_conf none;
	struct fetch_transfers_conf tc;

	if (conf == NULL)
		conf = &none;
	init_breakers(c, conf);
	tc.title = "AWS client";
	tc.head = &aws_head_ops;
	tc.ca_bundle = ca_path[0] != '\0' ? ca_path : NULL;
	tc.connect_timeout_ms = or_default(conf->connect_timeout_ms, DEFAULT_CONNECT_TIMEOUT_MS);
	tc.max_connections = or_default(conf->max_connections, DEFAULT_CONNECTIONS);
	tc.max_response_bytes = or_default(conf->max_response_bytes, DEFAULT_RESPONSE_BYTES);
	c->attempt_timeout_ms = or_default(conf->attempt_timeout_ms, DEFAULT_ATTEMPT_TIMEOUT_MS);
	return fetch_transfers_new(c->loop, &tc, &c->transfers);
}

/* The provider first: it may have exchanges under way. */
static void client_free(struct aws_client *c)
{
	aws_provider_close(c->provider);
	fetch_transfers_close(c->transfers);
	free(c->env);
	free(c);
}

static int make_provider(struct aws_client *c, const struct aws_client_conf *conf)
{
	enum aws_credentials_source which = conf != NULL ? conf->credentials : AWS_CREDENTIALS_AUTO;
	struct aws_provider *source = NULL;
	int err = aws_source_new_chain(c, which, &source);

	return err == 0 ? aws_provider_new(source, &c->provider) : err;
}

int aws_client_new_env(struct uv_loop_s *loop, const struct aws_client_conf *conf,
		       const char *const *env, struct aws_client **ret, struct errinfo *ei)
{
	char ca_path[CA_PATH_SIZE];
	struct aws_client *c;
	int err;

	err = fetch_libcurl_init(ei);
	if (err == 0)
		err = find_ca_bundle(conf, env, ca_path, ei);
	if (err != 0)
		return err;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->loop = loop;
	c->wants_region = conf != NULL && conf->credentials == AWS_CREDENTIALS_IMDS;
	c->max_attempts = find_max_attempts(conf, env);
	c->throttle_base_ms = AWS_RETRY_THROTTLE_BASE_MS;
	c->env = copy_env(env);
	err = c->env != NULL ? make_provider(c, conf) : ERR_NOMEM;
	if (err == 0)
		err = make_transfers(c, conf, ca_path);
	if (err != 0) {
		client_free(c);
		return err;
	}
	*ret = c;
	return 0;
}

int aws_client_new(struct uv_loop_s *loop, const struct aws_client_conf *conf,
		   struct aws_client **ret, struct errinfo *ei)
{
	return aws_client_new_env(loop, conf, (const char *const *)environ, ret, ei);
}

void aws_client_close(struct aws_client *c)
{
	if (c == NULL)
		return;
	c->is_closing = true;
	aws_calls_cancel(c, NULL);
	client_free(c);
}

struct aws_provider *aws_client_provider(struct aws_client *c)
{
	return c->provider;
}

bool aws_client_clock_gap(const struct aws_client *c, int64_t *ret_s)
{
	if (c->has_gap)
		*ret_s = c->gap_s;
	return c->has_gap;
}

void aws_client_set_throttle_base_ms(struct aws_client *c, uint32_t base_ms)
{
	c->throttle_base_ms = base_ms;
}

void aws_client_set_ask_delay_ms(struct aws_client *c, unsigned delay_ms)
{
	c->ask_delay_ms = delay_ms;
}

void aws_client_set_process_timeout_ms(struct aws_client *c, unsigned timeout_ms)
{
	c->process_timeout_ms = timeout_ms;
}

void aws_client_set_provider(struct aws_client *c, struct aws_provider *p)
{
	aws_provider_close(c->provider);
	c->provider = p;
}

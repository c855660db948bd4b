/* SPDX-License-Identifier: BSD-2-Clause
 * Version 2 alone: a token by PUT, then the name of the role, then its keys.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
#include "aws/imds.h"

#include <stdlib.h>
#include <string.h>

#include "aws/client_int.h"
#include "aws/env.h"
#include "aws/keydoc.h"
#include "aws/metadata.h"
#include "aws/profile_load.h"
#include "base/buf.h"
#include "base/log.h"
#include "fetch/url.h"

#define ORIGIN	"the instance metadata service"
#define NEEDS_2 "version 2 of it (IMDSv2) is needed, this seems to be version 1 alone"
#define ROLES	"/latest/meta-data/iam/security-credentials/"

enum { ROLE_SIZE = 65, IMDS_TOKEN_MAX = 1024, SHOWN_SIZE = 128 };

enum imds_step { STEP_TOKEN, STEP_ROLE, STEP_KEYS, STEP_REGION };

struct imds {
	struct aws_provider base;
	struct aws_client *client;
	struct aws_metadata *ask;
	struct aws_credentials_wait *asker;
	enum imds_step step;
	char endpoint[AWS_URL_SIZE];
	char *token; /* of this question alone */
	char role[ROLE_SIZE];
	struct aws_credentials *creds; /* while the region is asked for */
	bool was_renewed;	       /* the token, after a 401 */
	bool has_warned;
};

static int pick_mode(const char *const *env, struct slice from_profile, const char **ret,
		     struct errinfo *ei)
{
	struct slice mode = aws_env_get(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	char shown[SHOWN_SIZE];

	if (mode.len == 0)
		mode = from_profile;
	*ret = "http://169.254.169.254";
	if (mode.len == 0 || slice_eq_nocase(mode, "ipv4"))
		return 0;
	*ret = "http://[fd00:ec2::254]";
	if (slice_eq_nocase(mode, "ipv6"))
		return 0;
	return err_set(ei, ERR_UNAVAILABLE,
		       "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: \"%s\" is neither IPv4 nor IPv6",
		       str_printable(shown, sizeof(shown), mode));
}

static bool is_url(const char *text)
{
	struct fetch_url parts;
	bool ok = (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) &&
		  fetch_url_split(text, &parts) == 0;

	if (ok)
		fetch_url_fini(&parts);
	return ok;
}

int aws_imds_find_endpoint(const char *const *env, const struct aws_profiles *profiles,
			   char ret[AWS_URL_SIZE], struct errinfo *ei)
{
	struct slice url = aws_env_get(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct slice mode = {NULL, 0}, name = aws_profile_find_name(env);
	const char *standard;
	char shown[SHOWN_SIZE];
	int err;

	if (profiles != NULL && url.len == 0)
		url = aws_profiles_get(profiles, AWS_SECTION_PROFILE, name,
				       "ec2_metadata_service_endpoint");
	if (profiles != NULL)
		mode = aws_profiles_get(profiles, AWS_SECTION_PROFILE, name,
					"ec2_metadata_service_endpoint_mode");
	if (url.len == 0) {
		err = pick_mode(env, mode, &standard, ei);
		return err == 0 ? str_copy(ret, AWS_URL_SIZE, slice_of(standard)) : err;
	}
	while (url.len > 0 && url.p[url.len - 1] == '/')
		url.len--;
	if (str_copy(ret, AWS_URL_SIZE, url) == 0 && is_url(ret))
		return 0;
	return err_set(ei, ERR_UNAVAILABLE, "AWS_EC2_METADATA_SERVICE_ENDPOINT: \"%s\" is no URL",
		       str_printable(shown, sizeof(shown), url));
}

static void forget(struct imds *m)
{
	str_free_secret(m->token);
	aws_credentials_unref(m->creds);
	m->token = NULL;
	m->creds = NULL;
	m->ask = NULL;
	m->asker = NULL;
}

static void imds_answer(struct imds *m, int err, const struct errinfo *why)
{
	struct aws_credentials_wait *w = m->asker;
	struct aws_credentials *creds = m->creds;

	m->creds = NULL;
	forget(m);
	w->done(w->arg, err, err == 0 ? creds : NULL, err != 0 ? why : NULL);
	aws_credentials_unref(creds);
}

static void on_imds_reply(void *arg, const struct fetch_transfer_reply *reply);

static int ask(struct imds *m, enum imds_step step)
{
	static const char *const paths[] = {
		[STEP_TOKEN] = "/latest/api/token",
		[STEP_ROLE] = ROLES,
		[STEP_KEYS] = ROLES,
		[STEP_REGION] = "/latest/meta-data/placement/region",
	};
	bool is_put = step == STEP_TOKEN;
	struct aws_metadata_request req = {
		.is_put = is_put,
		.headers = {{slice_of(is_put ? "X-aws-ec2-metadata-token-ttl-seconds"
					     : "X-aws-ec2-metadata-token"),
			     slice_of(is_put ? "21600" : m->token)}},
		.n_headers = 1,
		.timeout_ms = AWS_IMDS_TIMEOUT_MS,
		.attempts = AWS_IMDS_ATTEMPTS,
		/* Off EC2 nobody ever answers, and that is usual. */
		.silent_attempts = is_put ? 1 : AWS_IMDS_ATTEMPTS,
		.delay_ms =
			m->client->ask_delay_ms > 0 ? m->client->ask_delay_ms : AWS_IMDS_RETRY_MS,
	};
	struct buf url;
	int err;

	m->step = step;
	buf_init(&url, AWS_URL_SIZE * 2);
	buf_adds(&url, m->endpoint);
	buf_adds(&url, paths[step]);
	err = buf_adds(&url, step == STEP_KEYS ? m->role : "");
	req.url = buf_str(&url);
	if (err == 0)
		err = aws_metadata_start(m->client, &req, on_imds_reply, m, &m->ask);
	buf_fini(&url);
	return err;
}

/* The reply to the PUT is lost when it may cross no router and we sit behind a bridge. */
static int explain_silence(struct imds *m, const struct fetch_transfer_reply *reply,
			   struct errinfo *ei)
{
	char host[SHOWN_SIZE];

	str_printable(host, sizeof(host), slice_of(m->endpoint));
	if (reply->result == FETCH_TRANSFER_TIMEOUT && !m->has_warned) {
		m->has_warned = true;
		log_event(LOG_LEVEL_WARN,
			  ORIGIN " does not answer: either this is no EC2 instance, or it is a "
				 "container on one whose metadata hop limit is 1 (set "
				 "HttpPutResponseHopLimit to 2); AWS_EC2_METADATA_DISABLED=true "
				 "ends the asking",
			  LOG_FIELDS(log_str("endpoint", m->endpoint)));
	}
	return err_set(ei, ERR_NOTFOUND, "%s at %s does not answer: %s", ORIGIN, host, reply->why);
}

/* How a service of version 1 answers PUT. */
static bool knows_no_token(long status)
{
	return status == 400 || status == 404 || status == 405 || status == 501;
}

static int imds_judge(struct imds *m, const struct fetch_transfer_reply *reply, struct errinfo *ei)
{
	if (reply->result == FETCH_TRANSFER_NOMEM)
		return ERR_NOMEM;
	if (reply->result != FETCH_TRANSFER_DONE && m->step == STEP_TOKEN)
		return explain_silence(m, reply, ei);
	if (reply->result != FETCH_TRANSFER_DONE)
		return err_set(ei, ERR_UNAVAILABLE, "%s: %s", ORIGIN, reply->why);
	if (reply->status == 200)
		return 0;
	if (reply->status == 403)
		return err_set(ei, ERR_NOTFOUND,
			       "%s is disabled for this instance (HTTP status 403)", ORIGIN);
	if (reply->status == 404 && m->step == STEP_ROLE)
		return err_set(ei, ERR_NOTFOUND, "this instance has no IAM role (%s says so)",
			       ORIGIN);
	if (m->step == STEP_TOKEN && knows_no_token(reply->status))
		return err_set(ei, ERR_UNAVAILABLE,
			       "%s answers with HTTP status %ld to a request for a token: " NEEDS_2,
			       ORIGIN, reply->status);
	return err_set(ei, ERR_UNAVAILABLE, "%s answers with HTTP status %ld", ORIGIN,
		       reply->status);
}

static int take_token(struct imds *m, struct slice body, struct errinfo *ei)
{
	struct slice text = slice_trim(body, STR_SPACE);
	size_t i;

	for (i = 0; i < text.len && text.p[i] > ' ' && text.p[i] <= '~'; i++)
		continue;
	if (text.len == 0 || i < text.len || text.len > IMDS_TOKEN_MAX)
		return err_set(ei, ERR_PROTOCOL, "%s gives a token that is none: " NEEDS_2, ORIGIN);
	str_free_secret(m->token);
	m->token = strndup(text.p, text.len);
	return m->token != NULL ? ask(m, STEP_ROLE) : ERR_NOMEM;
}

/* It becomes a part of a path: the alphabet of role names in IAM, 1 to 64 of [\w+=,.@-]. */
static int take_role(struct imds *m, struct slice body, struct errinfo *ei)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+=,.@-";

	if (str_copy(m->role, sizeof(m->role), slice_trim(body, STR_SPACE)) != 0 ||
	    m->role[0] == '\0' || m->role[0] == '.' || strspn(m->role, letters) != strlen(m->role))
		return err_set(ei, ERR_PROTOCOL, "%s names a role that can be none", ORIGIN);
	return ask(m, STEP_KEYS);
}

static int take_keys(struct imds *m, struct slice body, struct errinfo *ei)
{
	int err = aws_keydoc_parse_json(body, ORIGIN, &m->creds, ei);

	if (err != 0)
		return err;
	m->creds->is_instance = true;
	if (m->client->wants_region)
		return ask(m, STEP_REGION);
	imds_answer(m, 0, NULL);
	return 0;
}

/* The form of the region is checked by aws_endpoint_resolve(). */
static int take_region(struct imds *m, struct slice body)
{
	struct slice text = slice_trim(body, STR_SPACE);

	m->creds->region = strndup(text.p, text.len);
	if (m->creds->region == NULL)
		return ERR_NOMEM;
	imds_answer(m, 0, NULL);
	return 0;
}

static int imds_take(struct imds *m, struct slice body, struct errinfo *ei)
{
	switch (m->step) {
	case STEP_TOKEN:
		return take_token(m, body, ei);
	case STEP_ROLE:
		return take_role(m, body, ei);
	case STEP_KEYS:
		return take_keys(m, body, ei);
	default:
		return take_region(m, body);
	}
}

static bool is_token_refused(const struct imds *m, const struct fetch_transfer_reply *reply)
{
	return reply->result == FETCH_TRANSFER_DONE && reply->status == 401 &&
	       m->step != STEP_TOKEN;
}

static void on_imds_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct imds *m = arg;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	m->ask = NULL;
	if (is_token_refused(m, reply) && !m->was_renewed) {
		m->was_renewed = true;
		aws_credentials_unref(m->creds);
		m->creds = NULL;
		err = ask(m, STEP_TOKEN);
	} else {
		err = imds_judge(m, reply, &ei);
		if (err == 0)
			err = imds_take(m, reply->body, &ei);
	}
	if (err != 0)
		imds_answer(m, err, &ei);
}

static int imds_begin(struct imds *m, struct errinfo *ei)
{
	struct aws_profiles *profiles = NULL;
	int err;

	if (aws_env_is_true(m->client->env, "AWS_EC2_METADATA_DISABLED"))
		return err_set(ei, ERR_NOTFOUND, "AWS_EC2_METADATA_DISABLED is set");
	err = aws_profiles_load(m->client->env, &profiles, ei);
	if (err == 0)
		err = aws_imds_find_endpoint(m->client->env, profiles, m->endpoint, ei);
	aws_profiles_free(profiles);
	m->was_renewed = false;
	return err == 0 ? ask(m, STEP_TOKEN) : err;
}

static void imds_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct imds *m = (struct imds *)base;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	(void)refresh;
	m->asker = w;
	err = imds_begin(m, &ei);
	if (err != 0)
		imds_answer(m, err, &ei);
}

static void imds_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct imds *m = (struct imds *)base;

	(void)w;
	if (m->ask != NULL)
		aws_metadata_cancel(m->ask);
	forget(m);
}

static void imds_close(struct aws_provider *base)
{
	free(base);
}

int aws_source_new_imds(struct aws_client *client, struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {imds_get, imds_cancel, imds_close};
	struct imds *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->base.ops = &ops;
	m->client = client;
	*ret = &m->base;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The metadata service of an instance, played by a script. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/fake_aws.h"
#include "kit/aws_vectors.h"
#include "kit/keys_kit.h"
#include "aws/imds.h"
#include "aws/service.h"
#include "kit/unit.h"

enum { ENV_SIZE = 8, TEXT_SIZE = 512 };

#define TOKEN FAKE_AWS_REPLY(200, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600\r\n", "imds-token==")
#define ROLE  FAKE_AWS_REPLY(200, NULL, "my-role\n")
#define KEYS                                                                                       \
	FAKE_AWS_REPLY(200, NULL,                                                                  \
		       "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"AKID\","     \
		       "\"SecretAccessKey\":\"Sesame\",\"Token\":\"tok\","                         \
		       "\"Expiration\":\"2999-01-01T00:00:00Z\"}")
#define REGION FAKE_AWS_REPLY(200, NULL, "eu-west-1\n")

static const struct aws_client_conf imds_only = {.credentials = AWS_CREDENTIALS_IMDS};

struct fixture {
	struct fake_aws kit;
	char endpoint[TEXT_SIZE];
	const char *env[ENV_SIZE];
	struct fake_aws_answer answer;
};

/* Also with a proxy in the environment of the process: it must not be asked. */
static void run(struct fixture *f, const struct fake_aws_reply *script, size_t n)
{
	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	fake_aws_listen(&f->kit, script, n);
	snprintf(f->endpoint, sizeof(f->endpoint), "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s/",
		 f->kit.url);
	f->env[0] = f->endpoint;
	f->env[1] = NULL;
	fake_aws_open_client(&f->kit, &imds_only, f->env);
	fake_aws_ask(&f->kit, false, &f->answer);
}

static void stop(struct fixture *f)
{
	aws_credentials_unref(f->answer.creds);
	fake_aws_stop(&f->kit);
	unsetenv("http_proxy");
}

static void assert_request(const struct fixture *f, size_t i, const char *line)
{
	ck_assert_uint_lt(i, f->kit.n_requests);
	ck_assert_msg(strncmp(f->kit.requests[i], line, strlen(line)) == 0, "%zu: %.80s", i,
		      f->kit.requests[i]);
}

START_TEST(token_role_and_keys_are_asked_for_in_this_order)
{
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS, REGION};
	struct fixture f;

	run(&f, script, 4);
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(f.answer.creds->key_id, "AKID");
	ck_assert_str_eq(f.answer.creds->token, "tok");
	ck_assert(f.answer.creds->is_instance);
	ck_assert_str_eq(f.answer.creds->region, "eu-west-1");
	ck_assert_uint_eq(f.kit.n_requests, 4);
	assert_request(&f, 0, "PUT /latest/api/token HTTP/1.1\r\n");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "X-aws-ec2-metadata-token-ttl-seconds"),
			 "21600");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Content-Length"), "0");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Authorization"), "");
	assert_request(&f, 1, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n");
	ck_assert_str_eq(fake_aws_header(&f.kit, 1, "X-aws-ec2-metadata-token"), "imds-token==");
	assert_request(&f, 2, "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1");
	ck_assert_str_eq(fake_aws_header(&f.kit, 2, "X-aws-ec2-metadata-token"), "imds-token==");
	assert_request(&f, 3, "GET /latest/meta-data/placement/region HTTP/1.1\r\n");
	ck_assert_str_eq(fake_aws_header(&f.kit, 3, "X-aws-ec2-metadata-token"), "imds-token==");
	stop(&f);
}
END_TEST

#define ROLE_64	  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+"
#define VERSION_2 ": version 2 of it (IMDSv2) is needed, this seems to be version 1 alone"
#define NO_TOKEN  " to a request for a token" VERSION_2
static const char long_token[1100] = {[0 ... 1098] = 't'};

static const struct {
	struct fake_aws_reply script[9];
	size_t n_script;
	size_t want_requests;
	const char *want_text; /* NULL: keys */
} rows[] = {
	/* a token that is refused is asked for anew, once */
	{{TOKEN, FAKE_AWS_REPLY(401, NULL, NULL), TOKEN, ROLE, KEYS, REGION}, 6, 6, NULL},
	{{TOKEN, ROLE, FAKE_AWS_REPLY(401, NULL, NULL), TOKEN, ROLE, KEYS, REGION}, 7, 7, NULL},
	{{TOKEN, ROLE, KEYS, FAKE_AWS_REPLY(401, NULL, NULL), TOKEN, ROLE, KEYS, REGION},
	 8,
	 8,
	 NULL},
	{{TOKEN, ROLE, KEYS, FAKE_AWS_REPLY(404, NULL, NULL)},
	 4,
	 4,
	 "answers with HTTP status 404"},
	{{TOKEN, FAKE_AWS_REPLY(401, NULL, NULL), TOKEN, FAKE_AWS_REPLY(401, NULL, NULL)},
	 4,
	 4,
	 "answers with HTTP status 401"},
	/* trouble that may pass */
	{{FAKE_AWS_REPLY(503, NULL, NULL), TOKEN, FAKE_AWS_REPLY(500, NULL, NULL), ROLE,
	  FAKE_AWS_REPLY(429, NULL, NULL), KEYS, FAKE_AWS_REPLY(500, NULL, NULL), REGION},
	 8,
	 8,
	 NULL},
	{{FAKE_AWS_REPLY(503, NULL, NULL)}, 1, 3, "answers with HTTP status 503"},
	/* never version 1 */
	{{FAKE_AWS_REPLY(403, NULL, NULL)}, 1, 1, "is disabled for this instance"},
	{{FAKE_AWS_REPLY(404, NULL, NULL)}, 1, 1, "status 404" NO_TOKEN},
	{{FAKE_AWS_REPLY(405, NULL, "<html>")}, 1, 1, "status 405" NO_TOKEN},
	{{FAKE_AWS_REPLY(400, NULL, NULL)}, 1, 1, "status 400" NO_TOKEN},
	{{FAKE_AWS_REPLY(501, NULL, NULL)}, 1, 3, "status 501" NO_TOKEN},
	{{FAKE_AWS_REPLY(200, NULL, "<html>no such page</html>")}, 1, 1, "is none" VERSION_2},
	{{{.status = 0, .raw = "HTTP/1.1 "}}, 1, 1, "does not answer"},
	{{TOKEN, FAKE_AWS_REPLY(404, NULL, "<html>")}, 2, 2, "this instance has no IAM role"},
	{{TOKEN, ROLE, FAKE_AWS_REPLY(404, NULL, NULL)}, 3, 3, "answers with HTTP status 404"},
	/* nothing that could become a header or a path of its own */
	{{FAKE_AWS_REPLY(200, NULL, "a\r\nX-Evil: 1")}, 1, 1, "a token that is none"},
	{{FAKE_AWS_REPLY(200, NULL, "")}, 1, 1, "a token that is none"},
	{{FAKE_AWS_REPLY(200, NULL, long_token)}, 1, 1, "a token that is none"},
	{{FAKE_AWS_REPLY(200, NULL,
			 "a\x7f"
			 "b")},
	 1,
	 1,
	 "a token that is none"},
	{{FAKE_AWS_REPLY(200, NULL, "a b")}, 1, 1, "a token that is none"},
	{{FAKE_AWS_REPLY(200, NULL, "!~"), ROLE, KEYS, REGION}, 4, 4, NULL},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, "../../user-data")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, "..")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, ".")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, ".hidden")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, "a~b")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, "a..b"), KEYS, REGION}, 4, 4, NULL},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, ROLE_64), KEYS, REGION}, 4, 4, NULL},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, ROLE_64 "x")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, "one\ntwo")}, 2, 2, "a role that can be none"},
	{{TOKEN, FAKE_AWS_REPLY(200, NULL, " ")}, 2, 2, "a role that can be none"},
	{{TOKEN, ROLE, FAKE_AWS_REPLY(200, NULL, "{\"Code\":\"Failed\",\"Message\":\"no\"}")},
	 3,
	 3,
	 "has no keys: Failed: no"},
	{{TOKEN, ROLE, FAKE_AWS_REPLY(200, NULL, "Sesame")}, 3, 3, "is no JSON object"},
	/* a redirect is not followed */
	{{FAKE_AWS_REPLY(301, "Location: http://127.0.0.1:1/\r\n", NULL)}, 1, 1, "HTTP status 301"},
};

START_TEST(every_answer_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fixture f;

		run(&f, rows[i].script, rows[i].n_script);
		keys_expect_answer(&f.kit, &f.answer, rows[i].want_text, rows[i].want_requests,
				   NULL, i);
		stop(&f);
	}
}
END_TEST

START_TEST(silence_is_not_waited_for_twice)
{
	static const struct fake_aws_reply script[] = {{.status = -1}};
	struct fixture f;

	run(&f, script, 1);
	ck_assert_int_eq(f.answer.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(f.answer.why.text, "does not answer"));
	ck_assert_uint_eq(f.kit.n_requests, 1);
	stop(&f);
}
END_TEST

START_TEST(a_client_may_close_while_the_service_is_silent)
{
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, {.status = -1}};
	struct aws_service_state s;
	struct fake_aws_result r = {0};
	struct fixture f;

	fake_aws_listen(&f.kit, script, 3);
	snprintf(f.endpoint, sizeof(f.endpoint), "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s", f.kit.url);
	f.env[0] = f.endpoint;
	f.env[1] = "AWS_REGION=eu-west-1";
	f.env[2] = NULL;
	fake_aws_open_client(&f.kit, NULL, f.env);
	fake_aws_service_start(&f.kit, &s, 5000);
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (f.kit.n_requests < 3)
		uv_run(&f.kit.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(r.n_done, 0);
	aws_service_fini(&s);
	ck_assert_int_eq(r.err, ERR_CANCELED);
	fake_aws_stop(&f.kit);
}
END_TEST

static void init_dynamodb(struct fake_aws *k, int want_err, struct aws_service_state *s)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(
		aws_service_init(s, k->client, AWS_SERVICE_DYNAMODB, NULL, NULL, 5000, &ei),
		want_err);
	if (want_err != 0)
		ck_assert_ptr_nonnull(strstr(ei.text, "Missing Region"));
}

START_TEST(the_region_that_nobody_set_is_asked_for_when_the_source_was_named)
{
	static const struct fake_aws_reply odd[] = {TOKEN, ROLE, KEYS,
						    FAKE_AWS_REPLY(200, NULL, "no/where")};
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS, REGION};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fixture f, automatic;

	fake_aws_listen(&automatic.kit, script, 4);
	automatic.env[0] = NULL;
	fake_aws_open_client(&automatic.kit, NULL, automatic.env);
	init_dynamodb(&automatic.kit, ERR_NOTFOUND, &s);
	fake_aws_stop(&automatic.kit);

	run(&f, odd, 4);
	init_dynamodb(&f.kit, 0, &s);
	fake_aws_call(&f.kit, &s, &r);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(r.text, "\"no/where\" is not the name of an AWS region"));
	aws_service_fini(&s);
	stop(&f);
}
END_TEST

/* What is not told is a guess: us-east-1, or the partition of the world. */
START_TEST(the_region_of_the_instance_is_signed_for_an_endpoint_of_ones_own)
{
	static const char *const places[] = {"conf",
					     "AWS_ENDPOINT_URL_DYNAMODB=", "AWS_ENDPOINT_URL="};
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS, REGION,
						       FAKE_AWS_REPLY(200, NULL, "{}")};
	size_t i;

	for (i = 0; i < N_ELEMENTS(places); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct aws_service_state s;
		struct fake_aws_result r;
		char variable[TEXT_SIZE];
		struct fixture f;

		run(&f, script, 5);
		snprintf(variable, sizeof(variable), "%s%s", places[i], f.kit.url);
		f.env[1] = i > 0 ? variable : NULL;
		f.env[2] = NULL;
		aws_client_close(f.kit.client);
		fake_aws_open_client(&f.kit, &imds_only, f.env);
		fake_aws_script(&f.kit, script, 5);
		ck_assert_int_eq(aws_service_init(&s, f.kit.client, AWS_SERVICE_DYNAMODB, NULL,
						  i > 0 ? NULL : f.kit.url, 5000, &ei),
				 0);
		ck_assert(s.needs_region);
		ck_assert_str_eq(s.endpoint.signing_region, "");
		fake_aws_call(&f.kit, &s, &r);
		ck_assert_msg(r.err == 0, "%s: %s", places[i], r.text);
		ck_assert_str_eq(s.endpoint.signing_region, "eu-west-1");
		ck_assert_ptr_nonnull(strstr(fake_aws_header(&f.kit, 4, "Authorization"),
					     "/eu-west-1/dynamodb/aws4_request"));
		aws_service_fini(&s);
		stop(&f);
	}
}
END_TEST

START_TEST(the_region_of_the_instance_tells_the_partition_of_route_53)
{
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS,
						       FAKE_AWS_REPLY(200, NULL, "cn-north-1"),
						       FAKE_AWS_REPLY(403, NULL, NULL)};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fixture f;

	run(&f, script, 5);
	ck_assert_int_eq(
		aws_service_init(&s, f.kit.client, AWS_SERVICE_ROUTE53, NULL, f.kit.url, 5000, &ei),
		0);
	fake_aws_call(&f.kit, &s, &r);
	ck_assert_int_ne(r.err, 0);
	ck_assert_str_eq(s.endpoint.signing_region, "cn-northwest-1");
	aws_service_fini(&s);
	stop(&f);
}
END_TEST

/* A proxy hears the host's name, and nobody outside of this machine hears anything. */
START_TEST(the_region_of_the_instance_makes_the_endpoint)
{
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS, REGION,
						       FAKE_AWS_REPLY(403, NULL, NULL)};
	static const char want[] = "CONNECT dynamodb.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n";
	struct aws_service_state s;
	struct fake_aws_result r = {0};
	struct fixture f;

	run(&f, script, 5);
	ck_assert_int_eq(setenv("https_proxy", f.kit.url, 1), 0);
	init_dynamodb(&f.kit, 0, &s);
	s.max_attempts = 1;
	fake_aws_call(&f.kit, &s, &r);
	unsetenv("https_proxy");
	ck_assert_int_ne(r.err, 0);
	assert_request(&f, 4, want);
	ck_assert(!s.needs_region);
	aws_service_fini(&s);
	stop(&f);
}
END_TEST

START_TEST(switched_off_it_is_not_asked)
{
	static const char *const env[] = {"AWS_EC2_METADATA_DISABLED=TRUE", NULL};
	static const struct fake_aws_reply script[] = {TOKEN};
	struct fake_aws_answer a;
	struct fake_aws k;

	fake_aws_listen(&k, script, 1);
	fake_aws_open_client(&k, &imds_only, env);
	fake_aws_ask(&k, false, &a);
	ck_assert_int_eq(a.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(a.why.text, "no AWS credentials: AWS_EC2_METADATA_DISABLED is set");
	ck_assert_uint_eq(k.n_requests, 0);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	static const struct fake_aws_reply script[] = {TOKEN, ROLE, KEYS, REGION};
	struct fixture f;

	run(&f, script, 4);
	keys_fail_allocations(&f.kit, script, 4, 30);
	stop(&f);
}
END_TEST

/* ---- where it is: the SDKs' cases ---- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* An argument of their API is a variable of ours, which wins as well. */
static size_t make_env(const json_t *test, char text[ENV_SIZE][TEXT_SIZE],
		       const char *env[ENV_SIZE + 1])
{
	const char *url = text_of(test, "endpoint_override"),
		   *mode = text_of(test, "mode_override");
	json_t *object = json_object_get(test, "env"), *value;
	const char *name;
	size_t i, n = 0;

	if (url != NULL)
		snprintf(text[n++], TEXT_SIZE, "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s", url);
	if (mode != NULL)
		snprintf(text[n++], TEXT_SIZE, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=%s", mode);
	json_object_foreach(object, name, value) {
		ck_assert_uint_lt(n, ENV_SIZE);
		snprintf(text[n++], TEXT_SIZE, "%s=%s", name, json_string_value(value));
	}
	for (i = 0; i < n; i++)
		env[i] = text[i];
	env[n] = NULL;
	return n;
}

static bool check_endpoint(const json_t *test)
{
	const json_t *result = json_object_get(test, "result");
	const char *config = text_of(json_object_get(test, "fs"), "config");
	const char *docs = text_of(test, "docs"), *want = text_of(result, "Ok");
	char text[ENV_SIZE][TEXT_SIZE], url[AWS_URL_SIZE], full[AWS_URL_SIZE + 32];
	const char *env[ENV_SIZE + 1];
	struct aws_profiles *profiles = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	make_env(test, text, env);
	ck_assert_int_eq(aws_profiles_new(&profiles), 0);
	ck_assert_int_eq(
		aws_profiles_parse(profiles, AWS_FILE_CONFIG, "config", slice_of(config), &ei), 0);
	err = aws_imds_find_endpoint(env, profiles, url, &ei);
	aws_profiles_free(profiles);
	if (want == NULL) {
		ck_assert_msg(err == ERR_UNAVAILABLE, "%s: %d", docs, err);
		ck_assert_msg(strstr(ei.text, "is neither IPv4 nor IPv6") != NULL ||
				      strstr(ei.text, "is no URL") != NULL,
			      "%s: %s", docs, ei.text);
		return true;
	}
	ck_assert_msg(err == 0, "%s: %s", docs, ei.text);
	snprintf(full, sizeof(full), "%s/latest/api/token", url);
	ck_assert_msg(strcmp(full, want) == 0, "%s: %s, not %s", docs, full, want);
	return true;
}

START_TEST(it_is_where_the_vectors_say)
{
	vectors_each(
		"aws-testdata/cred-chain/aws-config/test-data/imds-config/imds-endpoint-tests.json",
		"tests", check_endpoint, 14);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		token_role_and_keys_are_asked_for_in_this_order,
		every_answer_gives_keys_or_one_sentence,
		silence_is_not_waited_for_twice,
		a_client_may_close_while_the_service_is_silent,
		the_region_that_nobody_set_is_asked_for_when_the_source_was_named,
		the_region_of_the_instance_is_signed_for_an_endpoint_of_ones_own,
		the_region_of_the_instance_tells_the_partition_of_route_53,
		the_region_of_the_instance_makes_the_endpoint,
		switched_off_it_is_not_asked,
		a_failed_allocation_is_reported_and_leaks_nothing,
		it_is_where_the_vectors_say,
	};

	return vectors_exit(unit_run("imds", tests, N_ELEMENTS(tests)));
}

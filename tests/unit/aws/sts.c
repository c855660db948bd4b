/* SPDX-License-Identifier: BSD-2-Clause
 * Roles assumed through STS: what is sent, what is signed with what, what is tried again. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/service.h"
#include "aws/sts.h"
#include "kit/fake_aws.h"
#include "kit/keys_kit.h"
#include "kit/unit.h"

enum { ENV_SIZE = 10, TEXT_SIZE = 512 };

#define CREDENTIALS(key)                                                                           \
	"<Credentials><AccessKeyId>" key "</AccessKeyId><SecretAccessKey>" FAKE_AWS_SECRET         \
	"</SecretAccessKey><SessionToken>tok-" key "</SessionToken>"                               \
	"<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
#define ASSUMED(key)                                                                               \
	FAKE_AWS_REPLY(                                                                            \
		200, NULL,                                                                         \
		"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"         \
		"<AssumeRoleResult>" CREDENTIALS(key) "</AssumeRoleResult></AssumeRoleResponse>")
#define STS_ERROR(status, code)                                                                    \
	FAKE_AWS_REPLY(                                                                            \
		status, NULL,                                                                      \
		"<ErrorResponse><Error><Type>Sender</Type><Code>" code                             \
		"</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>")

static const char config_text[] =
	"[profile keys]\naws_access_key_id=" FAKE_AWS_KEY "\naws_secret_access_key=" FAKE_AWS_SECRET
	"\n"
	"[profile one]\nrole_arn=arn:aws:iam::1:role/One\nsource_profile=keys\n"
	"external_id=a b&c\nduration_seconds=3600\nrole_session_name=me@home\n"
	"[profile two]\nrole_arn=arn:aws:iam::2:role/Two\nsource_profile=one\n"
	"[profile from-env]\nrole_arn=arn:x\ncredential_source=Environment\n";

struct fixture {
	struct fake_aws kit;
	char config[64];
	char token[64];
	char text[ENV_SIZE][TEXT_SIZE];
	const char *env[ENV_SIZE + 1];
	struct fake_aws_answer answer;
};

static void set(struct fixture *f, const char *name, const char *value)
{
	size_t n = 0;

	while (f->env[n] != NULL)
		n++;
	ck_assert_uint_lt(n, ENV_SIZE);
	snprintf(f->text[n], TEXT_SIZE, "%s=%s", name, value);
	f->env[n] = f->text[n];
}

/* profile NULL: a web identity of the environment. */
static void start(struct fixture *f, const struct fake_aws_reply *script, size_t n,
		  const char *profile)
{
	memset(f, 0, sizeof(*f));
	fake_aws_listen(&f->kit, script, n);
	snprintf(f->config, sizeof(f->config), "/tmp/mooring-sts.XXXXXX");
	snprintf(f->token, sizeof(f->token), "/tmp/mooring-sts.XXXXXX");
	fake_aws_write_temp(f->config, config_text);
	fake_aws_write_temp(f->token, "web/tok+en=\n");
	set(f, "AWS_CONFIG_FILE", f->config);
	set(f, "AWS_ENDPOINT_URL_STS", f->kit.url);
	set(f, "AWS_REGION", "eu-west-1");
	set(f, "AWS_EC2_METADATA_DISABLED", "true");
	if (profile != NULL) {
		set(f, "AWS_PROFILE", profile);
	} else {
		set(f, "AWS_WEB_IDENTITY_TOKEN_FILE", f->token);
		set(f, "AWS_ROLE_ARN", "arn:aws:iam::1:role/Web");
	}
	fake_aws_open_client(&f->kit, NULL, f->env);
	aws_client_set_throttle_base_ms(f->kit.client, 1);
}

static void stop(struct fixture *f)
{
	aws_credentials_unref(f->answer.creds);
	fake_aws_stop(&f->kit);
	ck_assert_int_eq(unlink(f->config), 0);
	unlink(f->token);
}

START_TEST(a_role_is_assumed_with_the_keys_of_its_source)
{
	static const struct fake_aws_reply script[] = {ASSUMED("AKONE")};
	struct fixture f;

	start(&f, script, 1, "one");
	fake_aws_ask(&f.kit, false, &f.answer);
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(f.answer.creds->key_id, "AKONE");
	ck_assert_str_eq(f.answer.creds->token, "tok-AKONE");
	ck_assert_int_eq(f.answer.creds->expires_s, 32472144000);
	ck_assert_str_eq(fake_aws_body(&f.kit, 0),
			 "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
			 "role%2FOne&RoleSessionName=me%40home&ExternalId=a%20b%26c"
			 "&DurationSeconds=3600");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Content-Type"),
			 "application/x-www-form-urlencoded; charset=utf-8");
	fake_aws_assert_signed(&f.kit, 0, "eu-west-1", "sts");
	stop(&f);
}
END_TEST

START_TEST(a_chain_of_roles_is_climbed_with_the_keys_of_each)
{
	static const struct fake_aws_reply script[] = {ASSUMED("AKONE"), ASSUMED("AKTWO")};
	struct fixture f;

	start(&f, script, 2, "two");
	fake_aws_ask(&f.kit, false, &f.answer);
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(f.answer.creds->key_id, "AKTWO");
	ck_assert_uint_eq(f.kit.n_requests, 2);
	ck_assert_ptr_nonnull(strstr(fake_aws_header(&f.kit, 1, "Authorization"), "=AKONE/"));
	ck_assert_str_eq(fake_aws_header(&f.kit, 1, "X-Amz-Security-Token"), "tok-AKONE");
	ck_assert_ptr_nonnull(
		strstr(fake_aws_body(&f.kit, 1), "role%2FTwo&RoleSessionName=mooring"));
	stop(&f);
}
END_TEST

START_TEST(a_web_identity_is_unsigned_and_its_token_read_anew)
{
	static const struct fake_aws_reply script[] = {ASSUMED("AKWEB")};
	struct fake_aws_answer again;
	struct fixture f;
	FILE *file;

	start(&f, script, 1, NULL);
	fake_aws_ask(&f.kit, false, &f.answer);
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(fake_aws_body(&f.kit, 0),
			 "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3A"
			 "iam%3A%3A1%3Arole%2FWeb&RoleSessionName=mooring"
			 "&WebIdentityToken=web%2Ftok%2Ben%3D");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Authorization"), "");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "X-Amz-Security-Token"), "");
	file = fopen(f.token, "w");
	ck_assert_ptr_nonnull(file);
	fputs("rotated", file);
	fclose(file);
	fake_aws_ask(&f.kit, true, &again);
	ck_assert_int_eq(again.err, 0);
	ck_assert_ptr_nonnull(strstr(fake_aws_body(&f.kit, 1), "&WebIdentityToken=rotated"));
	aws_credentials_unref(again.creds);
	ck_assert_int_eq(unlink(f.token), 0);
	fake_aws_ask(&f.kit, true, &again);
	ck_assert_int_eq(again.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(again.why.text, "web identity token in /tmp/mooring-sts."));
	stop(&f);
}
END_TEST

static const struct {
	const char *profile;
	struct fake_aws_reply script[3];
	size_t n_script;
	size_t want_requests;
	const char *want_text; /* NULL: keys */
} rows[] = {
	{"one", {FAKE_AWS_REPLY(503, NULL, NULL), ASSUMED("A")}, 2, 2, NULL},
	{"one", {STS_ERROR(400, "Throttling"), ASSUMED("A")}, 2, 2, NULL},
	{NULL, {STS_ERROR(400, "IDPCommunicationError"), ASSUMED("A")}, 2, 2, NULL},
	{NULL,
	 {STS_ERROR(400, "IDPCommunicationError")},
	 1,
	 3,
	 "STS AssumeRoleWithWebIdentity: IDPCommunicationError: no (request id r)"},
	{NULL, {STS_ERROR(400, "InvalidIdentityToken")}, 1, 1, "InvalidIdentityToken: no"},
	{NULL, {STS_ERROR(400, "ExpiredTokenException")}, 1, 1, "ExpiredTokenException: no"},
	{NULL, {STS_ERROR(403, "RegionDisabledException")}, 1, 1, "RegionDisabledException"},
	{"one", {STS_ERROR(403, "AccessDenied")}, 1, 1, "STS AssumeRole: AccessDenied: no"},
	{"one", {STS_ERROR(403, "ExpiredToken")}, 1, 1, "STS AssumeRole: ExpiredToken: no"},
	{"two", {ASSUMED("A"), STS_ERROR(403, "AccessDenied")}, 2, 2, "AccessDenied: no"},
	{"one", {FAKE_AWS_REPLY(200, NULL, "<html/>")}, 1, 1, "STS has no keys in it"},
	{"one", {FAKE_AWS_REPLY(200, NULL, "Sesame")}, 1, 1, "not what its manual says"},
	{"from-env", {ASSUMED("A")}, 1, 0, "gives no keys: AWS_ACCESS_KEY_ID is not set"},
};

START_TEST(every_answer_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fixture f;

		start(&f, rows[i].script, rows[i].n_script, rows[i].profile);
		fake_aws_ask(&f.kit, false, &f.answer);
		keys_expect_answer(&f.kit, &f.answer, rows[i].want_text, rows[i].want_requests,
				   "web/tok", i);
		stop(&f);
	}
}
END_TEST

START_TEST(a_service_that_calls_them_expired_gets_new_ones_once)
{
	static const struct fake_aws_reply script[] = {
		ASSUMED("AKOLD"),
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ExpiredTokenException")),
		ASSUMED("AKNEW"),
		FAKE_AWS_REPLY(200, NULL, "{}"),
	};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fixture f;

	start(&f, script, 4, "one");
	fake_aws_service_start(&f.kit, &s, 5000);
	fake_aws_call(&f.kit, &s, &r);
	ck_assert_msg(r.err == 0, "%s", r.text);
	ck_assert_uint_eq(f.kit.n_requests, 4);
	ck_assert_ptr_nonnull(strstr(fake_aws_header(&f.kit, 1, "Authorization"), "=AKOLD/"));
	ck_assert_str_eq(fake_aws_header(&f.kit, 1, "X-Amz-Security-Token"), "tok-AKOLD");
	ck_assert_ptr_nonnull(strstr(fake_aws_header(&f.kit, 3, "Authorization"), "=AKNEW/"));
	ck_assert_str_eq(fake_aws_header(&f.kit, 3, "X-Amz-Security-Token"), "tok-AKNEW");
	aws_service_fini(&s);
	stop(&f);
}
END_TEST

START_TEST(a_client_may_close_while_sts_is_silent)
{
	static const struct fake_aws_reply script[] = {ASSUMED("A"), {.status = -1}};
	struct aws_service_state s;
	struct fake_aws_result r = {0};
	struct fixture f;

	start(&f, script, 2, "two");
	fake_aws_service_start(&f.kit, &s, 5000);
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (f.kit.n_requests < 2)
		uv_run(&f.kit.loop, UV_RUN_ONCE);
	aws_client_close(f.kit.client);
	f.kit.client = NULL;
	ck_assert_uint_eq(r.n_done, 1);
	ck_assert(r.err == ERR_CANCELED || r.err == ERR_UNAVAILABLE);
	stop(&f);
}
END_TEST

/* Everything from the question to the answer; curl and expat allocate for themselves. */
START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	static const struct fake_aws_reply script[] = {ASSUMED("A")};
	struct fixture f;

	start(&f, script, 1, "two");
	keys_fail_allocations(&f.kit, script, 1, 30);
	stop(&f);
}
END_TEST

#define CALLER(inner)                                                                              \
	"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"          \
	"<GetCallerIdentityResult>" inner "</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define CALLER_ARN "arn:aws:sts::123456789012:assumed-role/mooring/i-0123"

struct caller_outcome {
	struct fake_aws_result r;
	struct aws_caller caller;
};

static void on_caller(void *arg, int err, const struct aws_caller *caller,
		      const struct aws_error *error)
{
	struct caller_outcome *o = arg;

	fake_aws_must((err == 0) == (error == NULL) && (err == 0) == (caller != NULL));
	if (caller != NULL)
		o->caller = *caller;
	fake_aws_take(&o->r, err, error);
}

/* Asks with fixed keys; region as for aws_sts_new(). */
static void get_caller(struct fixture *f, const struct fake_aws_reply *script, const char *region,
		       struct caller_outcome *o)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_sts *s = NULL;

	start(f, script, 1, "keys");
	memset(o, 0, sizeof(*o));
	ck_assert_msg(aws_sts_new(f->kit.client, region, &s, &ei) == 0, "%s", ei.text);
	ck_assert_int_eq(aws_sts_get_caller(s, on_caller, o), 0);
	ck_assert_uint_eq(o->r.n_done, 0);
	fake_aws_run(&f->kit, &o->r.n_done, 1);
	aws_sts_free(s);
}

START_TEST(the_caller_is_told)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(200, NULL,
			       CALLER("<Arn>" CALLER_ARN "</Arn><UserId>AROA:i-0123</UserId>"
				      "<Account>123456789012</Account>"))};
	struct caller_outcome o;
	struct fixture f;

	get_caller(&f, script, NULL, &o);
	ck_assert_msg(o.r.err == 0, "%s", o.r.text);
	ck_assert_str_eq(o.caller.account, "123456789012");
	ck_assert_str_eq(o.caller.arn, CALLER_ARN);
	ck_assert_str_eq(fake_aws_body(&f.kit, 0), "Action=GetCallerIdentity&Version=2011-06-15");
	fake_aws_assert_signed(&f.kit, 0, "eu-west-1", "sts");
	stop(&f);
	get_caller(&f, script, "us-west-2", &o);
	fake_aws_assert_signed(&f.kit, 0, "us-west-2", "sts");
	stop(&f);
}
END_TEST

static const struct {
	struct fake_aws_reply reply;
	int want_err;
	const char *want_text;
} caller_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, ""), ERR_PROTOCOL, "the reply names nobody"},
	{FAKE_AWS_REPLY(200, NULL, CALLER("<Account>1</Account>")), ERR_PROTOCOL,
	 "the reply names nobody"},
	{FAKE_AWS_REPLY(200, NULL, CALLER("<Arn>arn:x</Arn>")), ERR_PROTOCOL,
	 "the reply names nobody"},
	{STS_ERROR(403, "SignatureDoesNotMatch"), ERR_UNAVAILABLE,
	 "SignatureDoesNotMatch: no (request id r)"},
	{STS_ERROR(403, "InvalidClientTokenId"), ERR_UNAVAILABLE,
	 "InvalidClientTokenId: no (request id r)"},
};

START_TEST(a_caller_that_is_not_told_is_an_error)
{
	char want[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(caller_rows); i++) {
		struct caller_outcome o;
		struct fixture f;

		get_caller(&f, &caller_rows[i].reply, NULL, &o);
		snprintf(want, sizeof(want), "STS GetCallerIdentity: %s", caller_rows[i].want_text);
		ck_assert_msg(o.r.err == caller_rows[i].want_err && strcmp(o.r.text, want) == 0,
			      "row %zu: %d %s", i, o.r.err, o.r.text);
		stop(&f);
	}
}
END_TEST

START_TEST(freeing_ends_the_question_for_the_caller)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct errinfo ei = ERRINFO_INIT;
	struct caller_outcome o = {.r = {.n_done = 0}};
	struct aws_sts *s = NULL;
	struct fixture f;

	start(&f, silent, 1, "keys");
	ck_assert_int_eq(aws_sts_new(f.kit.client, NULL, &s, &ei), 0);
	ck_assert_int_eq(aws_sts_get_caller(s, on_caller, &o), 0);
	while (f.kit.n_requests < 1)
		uv_run(&f.kit.loop, UV_RUN_ONCE);
	aws_sts_free(s);
	ck_assert_uint_eq(o.r.n_done, 1);
	ck_assert_int_eq(o.r.err, ERR_CANCELED);
	stop(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_role_is_assumed_with_the_keys_of_its_source,
		a_chain_of_roles_is_climbed_with_the_keys_of_each,
		a_web_identity_is_unsigned_and_its_token_read_anew,
		every_answer_gives_keys_or_one_sentence,
		a_service_that_calls_them_expired_gets_new_ones_once,
		a_client_may_close_while_sts_is_silent,
		a_failed_allocation_is_reported_and_leaks_nothing,
		the_caller_is_told,
		a_caller_that_is_not_told_is_an_error,
		freeing_ends_the_question_for_the_caller,
	};

	return unit_run("sts", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * Where keys come from: the scenarios of the SDKs, played against a scripted server, and our own.
 *
 * A scenario's own URLs are turned towards the server: the metadata service and STS by their
 * variables, a relative URI of a container by a full one. Requests are compared by method, path and
 * the action of their form: the recorded forms hold session names and account numbers of the day.
 * Left out, because no other ending than a refusal could be seen:
 *   - e2e_fips_and_dual_stack_sts (profile-provider): FIPS and an own endpoint exclude each other;
 *     where that host is, aws/endpoint.c tells;
 *   - default-token-provider-chain and login-provider-test-cases.json: tokens are not ours to get.
 * Those on SSO end in the sentence that it is not supported. The SDKs' credential_process is a line
 * for the shell, ours is not: here the shell is named in it. */
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/fake_aws.h"
#include "kit/aws_vectors.h"
#include "kit/fake_malloc.h"
#include "aws/chain.h"
#include "aws/client.h"
#include "aws/provider.h"
#include "kit/unit.h"

#define FOLDER "aws-testdata/cred-chain/aws-config/test-data"

static void ask_env(const char *const *env, struct fake_aws_answer *a)
{
	struct fake_aws k;

	fake_aws_listen(&k, NULL, 0);
	fake_aws_open_client(&k, NULL, env);
	fake_aws_ask(&k, false, a);
	ck_assert_uint_eq(k.n_requests, 0);
	fake_aws_stop(&k);
}

/* ---- the SDKs' scenarios ---- */

enum { ENV_MAX = 12, VARIABLE_SIZE = 512, STEPS_MAX = 8, BODY_SIZE = 8192, CONFIG_SIZE = 8192 };

/* One request and its answer. */
struct step {
	const json_t *request;
	char body[BODY_SIZE]; /* of the answer */
	char request_body[BODY_SIZE];
};

struct scenario {
	const char *folder;
	struct fake_aws kit;
	size_t n_steps;
	struct step steps[STEPS_MAX];
	struct fake_aws_reply script[STEPS_MAX];
	json_t *traffic;
	char config[64]; /* the profiles, turned towards the server; "" when there are none */
	size_t n_env;
	char text[ENV_MAX][VARIABLE_SIZE];
	const char *env[ENV_MAX + 1];
};

static const char *path_of(const struct scenario *s, const char *rest)
{
	static char path[512];

	snprintf(path, sizeof(path), FOLDER "/%s/%s", s->folder, rest);
	return path;
}

static void set(struct scenario *s, const char *name, const char *value)
{
	ck_assert_uint_lt(s->n_env, ENV_MAX);
	snprintf(s->text[s->n_env], VARIABLE_SIZE, "%s=%s", name, value);
	s->env[s->n_env] = s->text[s->n_env];
	s->n_env++;
}

static void add_data(struct step *step, const json_t *data)
{
	bool is_request =
		strcmp(json_string_value(json_object_get(data, "direction")), "Request") == 0;
	const char *text =
		json_string_value(json_object_get(json_object_get(data, "data"), "Utf8"));
	char *to = is_request ? step->request_body : step->body;
	size_t len = strlen(to);

	if (text != NULL)
		snprintf(to + len, BODY_SIZE - len, "%s", text);
}

static void read_traffic(struct scenario *s)
{
	char *text = vectors_read_optional(path_of(s, "http-traffic.json"));
	const json_t *action, *part;
	json_t *event;
	size_t i;

	if (text == NULL)
		return;
	s->traffic = json_loads(text, 0, NULL);
	free(text);
	ck_assert_ptr_nonnull(s->traffic);
	json_array_foreach(json_object_get(s->traffic, "events"), i, event) {
		json_int_t id = json_integer_value(json_object_get(event, "connection_id"));

		ck_assert(id >= 0 && id < STEPS_MAX);
		s->n_steps = (size_t)id + 1 > s->n_steps ? (size_t)id + 1 : s->n_steps;
		action = json_object_get(event, "action");
		part = json_object_get(json_object_get(action, "Request"), "request");
		if (part != NULL)
			s->steps[id].request = part;
		part = json_object_get(json_object_get(action, "Response"), "response");
		part = json_object_get(json_object_get(part, "Ok"), "status");
		if (part != NULL)
			s->script[id].status = (int)json_integer_value(part);
		part = json_object_get(action, "Data");
		if (part != NULL)
			add_data(&s->steps[id], part);
		s->script[id].body = s->steps[id].body;
	}
}

/* Copies the line with the path of the token's file, or with a URL, replaced. */
static void turn_line(const struct scenario *s, const char *line, size_t len, char *out)
{
	static const char process[] = "credential_process = ";
	size_t at = strlen(out), key_len = strcspn(line, "=\n");
	bool is_url = memmem(line, len, "http://aws.", 11) != NULL;
	bool is_token = memmem(line, len, "= /token.jwt", 12) != NULL;

	if (strncmp(line, process, sizeof(process) - 1) == 0)
		snprintf(out + at, CONFIG_SIZE - at, "%s/bin/sh -c \"%.*s\"\n", process,
			 (int)(len - (sizeof(process) - 1)), line + sizeof(process) - 1);
	else if (!is_url && !is_token)
		snprintf(out + at, CONFIG_SIZE - at, "%.*s\n", (int)len, line);
	else
		snprintf(out + at, CONFIG_SIZE - at, "%.*s= %s\n", (int)key_len, line,
			 is_url ? s->kit.url : vectors_path(path_of(s, "fs/token.jwt")));
}

static void turn_config(struct scenario *s)
{
	char *text = vectors_read_optional(path_of(s, "fs/home/.aws/config")), *line;
	char turned[CONFIG_SIZE] = "";

	if (text == NULL)
		return;
	for (line = text; *line != '\0'; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL))
		turn_line(s, line, strcspn(line, "\n"), turned);
	free(text);
	snprintf(s->config, sizeof(s->config), "/tmp/mooring-chain.XXXXXX");
	fake_aws_write_temp(s->config, turned);
	set(s, "AWS_CONFIG_FILE", s->config);
}

static void turn_variable(struct scenario *s, const char *name, const char *value)
{
	char url[VARIABLE_SIZE];

	if (strcmp(name, "HOME") == 0) {
		set(s, name, vectors_path(path_of(s, "fs/home")));
	} else if (strncmp(value, "/token", 6) == 0) {
		set(s, name, vectors_path(path_of(s, "fs/token.jwt")));
	} else if (strncmp(name, "AWS_CONTAINER_CREDENTIALS_", 26) == 0) {
		value = value[0] == '/' ? value : strchr(strstr(value, "//") + 2, '/');
		snprintf(url, sizeof(url), "%s%s", s->kit.url, value);
		set(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
	} else {
		set(s, name, strncmp(value, "http://aws.", 11) == 0 ? s->kit.url : value);
	}
}

static void turn_env(struct scenario *s)
{
	json_t *object = vectors_read_json(path_of(s, "env.json")), *value;
	const char *name;

	json_object_foreach(object, name, value) {
		turn_variable(s, name, json_string_value(value));
	}
	json_decref(object);
	set(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT", s->kit.url);
	if (strstr(s->folder, "override_") == NULL)
		set(s, "AWS_ENDPOINT_URL_STS", s->kit.url);
}

/* https://sts.us-east-2.amazonaws.com: the request must be signed for this region. */
static void check_region(const struct scenario *s, size_t i, const char *uri)
{
	const char *authorization = fake_aws_header(&s->kit, i, "Authorization");
	char want[64];

	if (strncmp(uri, "https://sts.", 12) != 0 || authorization[0] == '\0')
		return;
	snprintf(want, sizeof(want), "/%.*s/sts/aws4_request", (int)strcspn(uri + 12, "."),
		 uri + 12);
	ck_assert_msg(strstr(authorization, want) != NULL, "%s: %s", s->folder, authorization);
}

static void check_request(const struct scenario *s, size_t i)
{
	const json_t *request = s->steps[i].request;
	const char *uri = json_string_value(json_object_get(request, "uri"));
	const char *method = json_string_value(json_object_get(request, "method"));
	const char *slash = strchr(strstr(uri, "//") + 2, '/'), *want = s->steps[i].request_body;
	char line[512];

	snprintf(line, sizeof(line), "%s %s HTTP/1.1\r\n", method, slash != NULL ? slash : "/");
	ck_assert_msg(strncmp(s->kit.requests[i], line, strlen(line)) == 0, "%s: %.80s, not %s",
		      s->folder, s->kit.requests[i], line);
	ck_assert_msg(strncmp(fake_aws_body(&s->kit, i), want, strcspn(want, "&")) == 0, "%s: %s",
		      s->folder, fake_aws_body(&s->kit, i));
	check_region(s, i, uri);
}

static void check_keys(const struct scenario *s, const struct fake_aws_answer *a, const json_t *ok)
{
	const char *token = json_string_value(json_object_get(ok, "session_token"));
	const struct aws_credentials *c = a->creds;

	ck_assert_msg(a->err == 0, "%s: %s", s->folder, a->why.text);
	ck_assert_str_eq(c->key_id, json_string_value(json_object_get(ok, "access_key_id")));
	ck_assert_str_eq(c->secret, json_string_value(json_object_get(ok, "secret_access_key")));
	ck_assert_str_eq(c->token != NULL ? c->token : "", token != NULL ? token : "");
	ck_assert_int_eq(c->expires_s, json_integer_value(json_object_get(ok, "expiry")));
}

static void check_scenario(const char *folder, const char *want_text)
{
	bool is_profile = strncmp(folder, "profile-provider", 16) == 0;
	const struct aws_client_conf conf = {.credentials = is_profile ? AWS_CREDENTIALS_PROFILE
								       : AWS_CREDENTIALS_AUTO};
	static struct scenario s;
	struct fake_aws_answer a;
	json_t *test;
	size_t i;

	memset(&s, 0, sizeof(s));
	s.folder = folder;
	test = vectors_read_json(path_of(&s, "test-case.json"));
	read_traffic(&s);
	fake_aws_listen(&s.kit, s.script, s.n_steps);
	turn_env(&s);
	turn_config(&s);
	fake_aws_open_client(&s.kit, &conf, s.env);
	fake_aws_ask(&s.kit, false, &a);
	if (want_text == NULL)
		check_keys(&s, &a, json_object_get(json_object_get(test, "result"), "Ok"));
	else
		ck_assert_msg(a.err != 0 && strstr(a.why.text, want_text) != NULL, "%s: %d, %s",
			      folder, a.err, a.why.text);
	if (want_text == NULL)
		ck_assert_msg(s.kit.n_requests == s.n_steps, "%s: %zu requests", folder,
			      s.kit.n_requests);
	for (i = 0; i < s.kit.n_requests; i++)
		check_request(&s, i);
	aws_credentials_unref(a.creds);
	fake_aws_stop(&s.kit);
	if (s.config[0] != '\0')
		ck_assert_int_eq(unlink(s.config), 0);
	json_decref(s.traffic);
	json_decref(test);
}

#define CHAIN "default-credential-provider-chain/"
#define FILES "profile-provider/"

/* Where the SDKs fail, or we do not go, what our sentence says. */
static const struct {
	const char *folder;
	const char *want_text;
} scenario_rows[] = {
	{CHAIN "environment_variables", NULL},
	{CHAIN "environment_variables_blank", NULL},
	{CHAIN "prefer_environment", NULL},
	{CHAIN "profile_name", NULL},
	{CHAIN "profile_static_keys", NULL},
	{CHAIN "profile_static_keys_case_insensitive", NULL},
	{CHAIN "ecs_assume_role", NULL},
	{CHAIN "ecs_credentials", NULL},
	{CHAIN "ecs_credentials_invalid_profile", NULL},
	{CHAIN "eks_pod_identity_credentials", NULL},
	{CHAIN "eks_pod_identity_no_token_file", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"},
	{CHAIN "imds_assume_role", NULL},
	{CHAIN "imds_config_with_no_creds", NULL},
	{CHAIN "imds_default_chain_error", "this instance has no IAM role"},
	{CHAIN "imds_default_chain_retries", NULL},
	{CHAIN "imds_default_chain_success", NULL},
	{CHAIN "imds_disabled", "AWS_EC2_METADATA_DISABLED is set"},
	{CHAIN "imds_no_iam_role", "this instance has no IAM role"},
	{CHAIN "imds_token_fail", "is disabled for this instance"},
	{CHAIN "profile_overrides_web_identity", "AWS_ACCESS_KEY_ID is not set"},
	{CHAIN "web_identity_source_profile_no_env",
	 "profile B has web_identity_token_file without role_arn"},
	{CHAIN "web_identity_token_env", NULL},
	{CHAIN "web_identity_token_invalid_jwt", "InvalidIdentityToken: No OpenIDConnect"},
	{CHAIN "web_identity_token_profile", NULL},
	{CHAIN "web_identity_token_source_profile", NULL},
	{CHAIN "e2e_fips_and_dual_stack_sso", "sso_start_url, which is not supported"},
	{CHAIN "sso_assume_role", "which is not supported here"},
	{CHAIN "sso_no_token_file", "which is not supported here"},
	{CHAIN "sso_server_error", "which is not supported here"},
	{FILES "assume_role_override_global_env_url", NULL},
	{FILES "assume_role_override_global_profile_url", NULL},
	{FILES "assume_role_override_service_env_url", NULL},
	{FILES "assume_role_override_service_profile_url", NULL},
	{FILES "e2e_assume_role", NULL},
	{FILES "region_override", NULL},
	{FILES "retry_on_error", NULL},
	{FILES "empty_config", "no AWS credentials"},
	{FILES "invalid_config", "line 2: Property did not have a name"},
	{FILES "credential_process", NULL},
	{FILES "credential_process_account_id_fallback", NULL},
	{FILES "credential_process_failure",
	 "the credential_process of profile default: it ended with exit status 1"},
	{FILES "credential_process_invalid",
	 "the reply of the credential_process of profile default is no JSON object"},
	{FILES "invalid_sso_credentials_config", "sso_session"},
	{FILES "sso_credentials", "sso_session"},
	{FILES "sso_override_global_env_url", "sso_session"},
	{FILES "sso_token", "sso_session"},
};

START_TEST(scenarios_of_the_sdks_end_alike)
{
	size_t i;

	if (!vectors_have(FOLDER))
		return;
	for (i = 0; i < N_ELEMENTS(scenario_rows); i++)
		check_scenario(scenario_rows[i].folder, scenario_rows[i].want_text);
}
END_TEST

/* ---- our own ---- */

static const struct {
	const char *env[5];
	const char *want_key; /* NULL: an error */
	const char *want_token;
	const char *want_text;
} env_rows[] = {
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S"}, "A", NULL, NULL},
	{{"AWS_ACCESS_KEY_ID= A\n", "AWS_SECRET_ACCESS_KEY=S\r\n", "AWS_SESSION_TOKEN=T \t\n"},
	 "A",
	 "T",
	 NULL},
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "AWS_SECURITY_TOKEN=old"},
	 "A",
	 "old",
	 NULL},
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "AWS_SECURITY_TOKEN=old",
	  "AWS_SESSION_TOKEN=new"},
	 "A",
	 "new",
	 NULL},
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "AWS_SESSION_TOKEN="}, "A", NULL, NULL},
	{{"AWS_ACCESS_KEY_ID=A"},
	 NULL,
	 NULL,
	 "the environment has an AWS access key id without its secret key"},
	{{"AWS_SECRET_ACCESS_KEY=Sesame", "AWS_ACCESS_KEY_ID="},
	 NULL,
	 NULL,
	 "the environment has an AWS secret key without its access key id"},
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=Ses ame"},
	 NULL,
	 NULL,
	 "the AWS secret key from the environment has a blank"},
	{{"AWS_ACCESS_KEY_ID=A\nX-Evil: 1", "AWS_SECRET_ACCESS_KEY=Sesame"},
	 NULL,
	 NULL,
	 "the AWS access key id from the environment has a blank"},
	{{"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=Ses\xc3\xa9"}, NULL, NULL, "non-ASCII"},
	{{"AWS_PROFILE=mine", "HOME=/nonexistent"},
	 NULL,
	 NULL,
	 "AWS_PROFILE names \"mine\", which is in no file"},
	{{"AWS_DEFAULT_PROFILE=mine", "HOME=/nonexistent"},
	 NULL,
	 NULL,
	 "AWS_DEFAULT_PROFILE names \"mine\", which is in no file"},
	{{NULL}, NULL, NULL, "no AWS credentials"},
};

START_TEST(the_environment_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(env_rows); i++) {
		const char *env[7] = {"AWS_EC2_METADATA_DISABLED=true"};
		struct fake_aws_answer a;

		memcpy(env + 1, env_rows[i].env, sizeof(env_rows[i].env));
		ask_env(env, &a);
		if (env_rows[i].want_key == NULL) {
			ck_assert_msg(a.err != 0 &&
					      strstr(a.why.text, env_rows[i].want_text) != NULL,
				      "row %zu: %d, %s", i, a.err, a.why.text);
			ck_assert_ptr_null(strstr(a.why.text, "Ses"));
			continue;
		}
		ck_assert_msg(a.err == 0, "row %zu: %s", i, a.why.text);
		ck_assert_str_eq(a.creds->key_id, env_rows[i].want_key);
		ck_assert_str_eq(a.creds->secret, "S");
		ck_assert_str_eq(a.creds->origin, "the environment");
		if (env_rows[i].want_token == NULL)
			ck_assert_ptr_null(a.creds->token);
		else
			ck_assert_str_eq(a.creds->token, env_rows[i].want_token);
		aws_credentials_unref(a.creds);
	}
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
	char secret[AWS_SECRET_MAX + 2];
	struct aws_credentials *c = NULL;
	struct errinfo ei = ERRINFO_INIT;

	memset(secret, 'x', sizeof(secret) - 1);
	secret[sizeof(secret) - 1] = '\0';
	ck_assert_int_eq(aws_credentials_new(slice_of("A"), slice_of(secret), slice_of(NULL), 0,
					     "here", &c, &ei),
			 ERR_LIMIT);
	ck_assert_ptr_null(c);
	ck_assert_str_eq(ei.text, "the AWS secret key from here is longer than 512 characters");
}
END_TEST

static void write_keys(const char *path, const char *key)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "[default]\naws_access_key_id = %s\naws_secret_access_key = S\n", key);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_refresh_reads_the_file_again_and_snapshots_stay)
{
	char path[] = "/tmp/mooring-chain.XXXXXX", variable[96];
	const char *const env[] = {variable, "AWS_EC2_METADATA_DISABLED=true", NULL};
	struct fake_aws_answer before, again, after, gone;
	struct fake_aws k;

	fake_aws_write_temp(path, "");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	write_keys(path, "ONE");
	fake_aws_listen(&k, NULL, 0);
	fake_aws_open_client(&k, NULL, env);
	fake_aws_ask(&k, false, &before);
	write_keys(path, "TWO");
	fake_aws_ask(&k, false, &again);
	fake_aws_ask(&k, true, &after);
	ck_assert_str_eq(before.creds->key_id, "ONE");
	ck_assert_ptr_eq(again.creds, before.creds);
	ck_assert_str_eq(after.creds->key_id, "TWO");
	ck_assert(!aws_credentials_equal(before.creds, after.creds));
	ck_assert_int_eq(unlink(path), 0);
	fake_aws_ask(&k, true, &gone);
	ck_assert_int_eq(gone.err, ERR_UNAVAILABLE);
	fake_aws_ask(&k, false, &gone);
	ck_assert_ptr_eq(gone.creds, after.creds);
	fake_aws_stop(&k);
	ck_assert_str_eq(before.creds->secret, "S");
	aws_credentials_unref(before.creds);
	aws_credentials_unref(again.creds);
	aws_credentials_unref(after.creds);
	aws_credentials_unref(gone.creds);
}
END_TEST

START_TEST(files_that_come_later_are_found)
{
	char path[] = "/tmp/mooring-chain.XXXXXX", variable[96];
	const char *const env[] = {variable, "AWS_EC2_METADATA_DISABLED=true", NULL};
	struct fake_aws_answer before, after;
	struct fake_aws k;

	fake_aws_write_temp(path, "");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	fake_aws_listen(&k, NULL, 0);
	fake_aws_open_client(&k, NULL, env);
	fake_aws_ask(&k, false, &before);
	ck_assert_int_eq(before.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(before.why.text,
			 "no AWS credentials: neither AWS_ACCESS_KEY_ID nor profile default; "
			 "AWS_EC2_METADATA_DISABLED is set");
	write_keys(path, "ONE");
	fake_aws_ask(&k, false, &after);
	ck_assert_int_eq(after.err, 0);
	ck_assert_str_eq(after.creds->key_id, "ONE");
	aws_credentials_unref(after.creds);
	fake_aws_stop(&k);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

static void ask_one(enum aws_credentials_source which, const char *const *env,
		    struct fake_aws_answer *a)
{
	const struct aws_client_conf conf = {.credentials = which};
	struct fake_aws k;

	fake_aws_listen(&k, NULL, 0);
	fake_aws_open_client(&k, &conf, env);
	fake_aws_ask(&k, false, a);
	fake_aws_stop(&k);
}

START_TEST(a_source_that_is_named_is_the_only_one)
{
	char path[] = "/tmp/mooring-chain.XXXXXX", variable[96];
	const char *const env[] = {variable, "AWS_ACCESS_KEY_ID=ENV", "AWS_SECRET_ACCESS_KEY=S",
				   "AWS_EC2_METADATA_DISABLED=true", NULL};
	const char *const bare[] = {variable, NULL};
	static const struct {
		enum aws_credentials_source which;
		bool is_bare;
		const char *want_key;
		const char *want_text;
	} rows[] = {
		{AWS_CREDENTIALS_AUTO, false, "ENV", NULL},
		{AWS_CREDENTIALS_AUTO, true, "FILE", NULL},
		{AWS_CREDENTIALS_ENVIRONMENT, false, "ENV", NULL},
		{AWS_CREDENTIALS_ENVIRONMENT, true, NULL, "AWS_ACCESS_KEY_ID is not set"},
		{AWS_CREDENTIALS_PROFILE, false, "FILE", NULL},
		{AWS_CREDENTIALS_WEB_IDENTITY, false, NULL,
		 "AWS_WEB_IDENTITY_TOKEN_FILE is not set"},
		{AWS_CREDENTIALS_CONTAINER, false, NULL,
		 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set"},
		{AWS_CREDENTIALS_IMDS, false, NULL, "AWS_EC2_METADATA_DISABLED is set"},
	};
	size_t i;

	fake_aws_write_temp(path, "");
	write_keys(path, "FILE");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fake_aws_answer a;

		ask_one(rows[i].which, rows[i].is_bare ? bare : env, &a);
		if (rows[i].want_key != NULL)
			ck_assert_msg(a.err == 0 && strcmp(a.creds->key_id, rows[i].want_key) == 0,
				      "row %zu: %s", i, a.why.text);
		else
			ck_assert_msg(a.err == ERR_UNAVAILABLE &&
					      strstr(a.why.text, rows[i].want_text) != NULL,
				      "row %zu: %d, %s", i, a.err, a.why.text);
		aws_credentials_unref(a.creds);
	}
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* The host's keys would be somebody else's. */
START_TEST(a_container_that_fails_does_not_lead_to_the_instance)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(404, NULL, NULL)};
	char container[128], imds[128];
	const char *const env[] = {container, imds, NULL};
	struct fake_aws_answer a;
	struct fake_aws k;

	fake_aws_listen(&k, script, 1);
	snprintf(container, sizeof(container), "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s/c", k.url);
	snprintf(imds, sizeof(imds), "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s", k.url);
	fake_aws_open_client(&k, NULL, env);
	fake_aws_ask(&k, false, &a);
	ck_assert_int_eq(a.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(a.why.text, "container's credentials endpoint"));
	ck_assert_uint_eq(k.n_requests, 1);
	fake_aws_stop(&k);
}
END_TEST

/* Only a variable puts a profile before a web identity. */
START_TEST(a_web_identity_comes_before_a_profile_that_nobody_named)
{
	static const char *const naming[] = {"AWS_PROFILE=default", "AWS_DEFAULT_PROFILE=default"};
	char path[] = "/tmp/mooring-chain.XXXXXX", variable[96];
	const char *env[] = {variable, "AWS_WEB_IDENTITY_TOKEN_FILE=/nonexistent/token",
			     "AWS_ROLE_ARN=arn:x", NULL, NULL};
	struct fake_aws_answer a;
	size_t i;

	fake_aws_write_temp(path, "");
	write_keys(path, "FILE");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	ask_env(env, &a);
	ck_assert_int_eq(a.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(a.why.text, "token in /nonexistent/token cannot be read"));
	for (i = 0; i < N_ELEMENTS(naming); i++) {
		env[3] = naming[i];
		ask_env(env, &a);
		ck_assert_int_eq(a.err, 0);
		ck_assert_str_eq(a.creds->key_id, "FILE");
		aws_credentials_unref(a.creds);
	}
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* What lies in HOME unasked for spoils nothing; who misses its keys is told. */
START_TEST(an_unreadable_file_at_home_matters_only_to_who_needs_it)
{
	char home[] = "/tmp/mooring-home.XXXXXX", folder[64], config[80], variable[96];
	static const struct {
		const char *env[2];
		const char *want_text; /* NULL: the keys of the environment */
	} rows[] = {
		{{"AWS_ACCESS_KEY_ID=ENV", "AWS_SECRET_ACCESS_KEY=S"}, NULL},
		{{"AWS_PROFILE=mine"},
		 "AWS_PROFILE names \"mine\", which is in no file; passed over: cannot read "},
		{{NULL}, "neither AWS_ACCESS_KEY_ID nor profile default (cannot read "},
	};
	size_t i;

	ck_assert_ptr_nonnull(mkdtemp(home));
	snprintf(folder, sizeof(folder), "%s/.aws", home);
	snprintf(config, sizeof(config), "%s/config", folder);
	snprintf(variable, sizeof(variable), "HOME=%s", home);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(mkdir(config, 0700), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *env[] = {variable, "AWS_EC2_METADATA_DISABLED=true", rows[i].env[0],
				     rows[i].env[1], NULL};
		struct fake_aws_answer a;

		ask_env(env, &a);
		if (rows[i].want_text == NULL)
			ck_assert_str_eq(a.creds->key_id, "ENV");
		else
			ck_assert_msg(strstr(a.why.text, rows[i].want_text) != NULL, "%s",
				      a.why.text);
		aws_credentials_unref(a.creds);
	}
	ck_assert_int_eq(rmdir(config), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(rmdir(home), 0);
}
END_TEST

START_TEST(snapshots_are_equal_by_all_three_parts)
{
	static const char *const rows[][3] = {
		{"A", "S", "T"}, {"B", "S", "T"}, {"A", "X", "T"}, {"A", "S", "U"}, {"A", "S", ""},
	};
	struct aws_credentials *c[N_ELEMENTS(rows)];
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_int_eq(aws_credentials_new(slice_of(rows[i][0]), slice_of(rows[i][1]),
						     slice_of(rows[i][2]), 0, "here", &c[i], NULL),
				 0);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		for (k = 0; k < N_ELEMENTS(rows); k++)
			ck_assert_msg(aws_credentials_equal(c[i], c[k]) == (i == k), "%zu %zu", i,
				      k);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		aws_credentials_unref(c[i]);
	aws_credentials_unref(NULL);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	char path[] = "/tmp/mooring-chain.XXXXXX", variable[96];
	const char *const env[] = {variable, NULL};
	struct aws_provider *source, *p;
	struct fake_aws_answer a;
	struct fake_aws k;
	size_t n;

	fake_aws_write_temp(path, "");
	write_keys(path, "ONE");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	fake_aws_listen(&k, NULL, 0);
	fake_aws_open_client(&k, NULL, env);
	for (n = 1;; n++) {
		memset(&a, 0, sizeof(a));
		fake_malloc_fail_at(n);
		a.err = aws_source_new_chain(k.client, AWS_CREDENTIALS_AUTO, &source);
		if (a.err == 0)
			a.err = aws_provider_new(source, &p);
		if (a.err == 0) {
			aws_client_set_provider(k.client, p);
			fake_aws_start_ask(&k, false, &a);
		}
		if (!fake_malloc_off())
			break;
		ck_assert_msg(a.err == ERR_NOMEM, "allocation %zu: %d %s", n, a.err, a.why.text);
	}
	ck_assert_int_eq(a.err, 0);
	ck_assert_uint_gt(n, 10);
	aws_credentials_unref(a.creds);
	fake_aws_stop(&k);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		scenarios_of_the_sdks_end_alike,
		the_environment_gives_keys_or_one_sentence,
		what_is_too_long_is_refused,
		a_refresh_reads_the_file_again_and_snapshots_stay,
		files_that_come_later_are_found,
		a_source_that_is_named_is_the_only_one,
		a_container_that_fails_does_not_lead_to_the_instance,
		a_web_identity_comes_before_a_profile_that_nobody_named,
		an_unreadable_file_at_home_matters_only_to_who_needs_it,
		snapshots_are_equal_by_all_three_parts,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("chain", tests, N_ELEMENTS(tests)));
}

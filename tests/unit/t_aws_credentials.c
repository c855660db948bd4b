/* SPDX-License-Identifier: BSD-2-Clause
 * Keys from the environment and the shared files: the scenarios of the SDKs that need no network,
 * and our own. */
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws_vectors.h"
#include "oom.h"
#include "unit.h"

#define FOLDER "aws-testdata/cred-chain/aws-config/test-data"

/* What a provider answered. */
struct answer {
	unsigned n;
	int err;
	struct aws_credentials *creds; /* owned */
	struct errinfo why;
};

static void on_credentials(void *arg, int err, struct aws_credentials *creds,
			   const struct errinfo *why)
{
	struct answer *a = arg;

	a->n++;
	a->err = err;
	if (creds != NULL)
		a->creds = aws_credentials_ref(creds);
	if (why != NULL)
		a->why = *why;
}

static void ask(struct aws_provider *p, bool refresh, struct answer *a)
{
	struct aws_credentials_wait w = {.done = on_credentials, .arg = a};

	memset(a, 0, sizeof(*a));
	aws_provider_get(p, refresh, &w);
}

static void ask_env(const char *const *env, struct answer *a)
{
	struct aws_provider *p = NULL;

	ck_assert_int_eq(aws_provider_new_default(env, &p), 0);
	ask(p, false, a);
	ck_assert_uint_eq(a->n, 1);
	aws_provider_close(p);
}

/* ---- the SDKs' scenarios ---- */

enum { ENV_MAX = 8, VARIABLE_SIZE = 512 };

/* HOME is meant relative to the scenario's own file system. */
static void make_env(const char *folder, char text[ENV_MAX][VARIABLE_SIZE],
		     const char *env[ENV_MAX + 1])
{
	char path[256];
	const char *name;
	json_t *object, *value;
	size_t n = 0;

	snprintf(path, sizeof(path), FOLDER "/%s/env.json", folder);
	object = vectors_read_json(path);
	json_object_foreach(object, name, value)
	{
		ck_assert_uint_lt(n, ENV_MAX);
		snprintf(path, sizeof(path), FOLDER "/%s/fs", folder);
		snprintf(text[n], VARIABLE_SIZE, "%s=%s%s", name,
			 strcmp(name, "HOME") == 0 ? vectors_path(path) : "",
			 json_string_value(value));
		env[n] = text[n];
		n++;
	}
	env[n] = NULL;
	json_decref(object);
}

static void check_scenario(const char *folder, const char *want_text)
{
	char text[ENV_MAX][VARIABLE_SIZE], path[256];
	const char *env[ENV_MAX + 1], *want;
	struct answer a;
	json_t *test, *ok;

	make_env(folder, text, env);
	snprintf(path, sizeof(path), FOLDER "/%s/test-case.json", folder);
	test = vectors_read_json(path);
	ok = json_object_get(json_object_get(test, "result"), "Ok");
	ask_env(env, &a);
	if (ok == NULL) {
		ck_assert_msg(a.err != 0 && strstr(a.why.text, want_text) != NULL, "%s: %d, %s",
			      folder, a.err, a.why.text);
	} else {
		ck_assert_msg(a.err == 0, "%s: %s", folder, a.why.text);
		want = json_string_value(json_object_get(ok, "access_key_id"));
		ck_assert_msg(strcmp(a.creds->key_id, want) == 0, "%s: %s", folder,
			      a.creds->key_id);
		want = json_string_value(json_object_get(ok, "secret_access_key"));
		ck_assert_msg(strcmp(a.creds->secret, want) == 0, "%s", folder);
		ck_assert_ptr_null(a.creds->token);
	}
	aws_credentials_unref(a.creds);
	json_decref(test);
}

START_TEST(scenarios_of_the_sdks_end_alike)
{
	/* Where the SDKs fail, what our sentence says. */
	static const struct {
		const char *folder;
		const char *want_text;
	} rows[] = {
		{"default-credential-provider-chain/environment_variables", NULL},
		{"default-credential-provider-chain/environment_variables_blank", NULL},
		{"default-credential-provider-chain/prefer_environment", NULL},
		{"default-credential-provider-chain/profile_name", NULL},
		{"default-credential-provider-chain/profile_static_keys", NULL},
		{"default-credential-provider-chain/profile_static_keys_case_insensitive", NULL},
		{"default-credential-provider-chain/imds_disabled", "no AWS credentials"},
		{"default-credential-provider-chain/profile_overrides_web_identity", "role_arn"},
		{"default-credential-provider-chain/web_identity_source_profile_no_env",
		 "role_arn"},
		{"profile-provider/empty_config", "no AWS credentials"},
		{"profile-provider/invalid_config", "line 2: Property did not have a name"},
		{"profile-provider/invalid_sso_credentials_config", "sso_session"},
		{"profile-provider/sso_token", "sso_session"},
		{"profile-provider/credential_process_failure", "credential_process"},
		{"profile-provider/credential_process_invalid", "credential_process"},
	};
	size_t i;

	if (!vectors_have(FOLDER))
		return;
	for (i = 0; i < N_ELEMENTS(rows); i++)
		check_scenario(rows[i].folder, rows[i].want_text);
}
END_TEST

/* ---- our own ---- */

static const struct {
	const char *env[4];
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
	{{NULL}, NULL, NULL, "no AWS credentials"},
};

START_TEST(the_environment_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(env_rows); i++) {
		const char *env[5] = {NULL};
		struct answer a;

		memcpy(env, env_rows[i].env, sizeof(env_rows[i].env));
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
	char path[] = "/tmp/t_aws_credentials.XXXXXX", variable[96];
	const char *const env[] = {variable, NULL};
	struct aws_provider *p = NULL;
	struct answer before, again, after, gone;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	write_keys(path, "ONE");
	ck_assert_int_eq(aws_provider_new_default(env, &p), 0);
	ask(p, false, &before);
	write_keys(path, "TWO");
	ask(p, false, &again);
	ask(p, true, &after);
	ck_assert_str_eq(before.creds->key_id, "ONE");
	ck_assert_ptr_eq(again.creds, before.creds);
	ck_assert_str_eq(after.creds->key_id, "TWO");
	ck_assert(!aws_credentials_equal(before.creds, after.creds));
	ck_assert_int_eq(unlink(path), 0);
	ask(p, true, &gone);
	ck_assert_int_eq(gone.err, ERR_UNAVAILABLE);
	ask(p, false, &gone);
	ck_assert_ptr_eq(gone.creds, after.creds);
	aws_provider_close(p);
	ck_assert_str_eq(before.creds->secret, "S");
	aws_credentials_unref(before.creds);
	aws_credentials_unref(again.creds);
	aws_credentials_unref(after.creds);
	aws_credentials_unref(gone.creds);
}
END_TEST

START_TEST(files_that_come_later_are_found)
{
	char path[] = "/tmp/t_aws_credentials.XXXXXX", variable[96];
	const char *const env[] = {variable, NULL};
	struct aws_provider *p = NULL;
	struct answer before, after;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	ck_assert_int_eq(aws_provider_new_default(env, &p), 0);
	ask(p, false, &before);
	ck_assert_int_eq(before.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(before.why.text,
			 "no AWS credentials: neither AWS_ACCESS_KEY_ID nor profile default");
	write_keys(path, "ONE");
	ask(p, false, &after);
	ck_assert_int_eq(after.err, 0);
	ck_assert_str_eq(after.creds->key_id, "ONE");
	aws_credentials_unref(after.creds);
	aws_provider_close(p);
	ck_assert_int_eq(unlink(path), 0);
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
	char path[] = "/tmp/t_aws_credentials.XXXXXX", variable[96];
	const char *const env[] = {variable, NULL};
	struct aws_provider *p;
	struct answer a;
	size_t n;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	write_keys(path, "ONE");
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=%s", path);
	for (n = 1;; n++) {
		memset(&a, 0, sizeof(a));
		oom_fail_at(n);
		a.err = aws_provider_new_default(env, &p);
		if (a.err == 0) {
			ask(p, false, &a);
			aws_provider_close(p);
		}
		if (!oom_off())
			break;
		ck_assert_msg(a.err == ERR_NOMEM, "allocation %zu: %d %s", n, a.err, a.why.text);
	}
	ck_assert_int_eq(a.err, 0);
	ck_assert_uint_gt(n, 10);
	aws_credentials_unref(a.creds);
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
		snapshots_are_equal_by_all_three_parts,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return unit_run("aws_credentials", tests, N_ELEMENTS(tests));
}

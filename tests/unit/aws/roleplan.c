/* SPDX-License-Identifier: BSD-2-Clause
 * What a profile demands: the SDKs' own cases, and ours. Of theirs, those on SSO end here in the
 * sentence that it is not supported; "missing root profile" is the caller's to tell. */
#include "aws/roleplan.h"

#include <stdio.h>
#include <string.h>

#include "kit/aws_vectors.h"
#include "base/buf.h"
#include "kit/unit.h"

enum { TEXT_MAX = 64 * 1024 };

static int make_plan(const char *text, const char *name, struct aws_profiles **profiles,
		     struct aws_roleplan *plan, struct errinfo *ei)
{
	ck_assert_int_eq(aws_profiles_new(profiles), 0);
	ck_assert_int_eq(
		aws_profiles_parse(*profiles, AWS_FILE_CONFIG, "config", slice_of(text), ei), 0);
	return aws_roleplan_make(*profiles, slice_of(name), plan, ei);
}

/* The plan in a line: "key=abc123 role=arn:..RoleA,my_session,external". */
static void describe(const struct aws_roleplan *p, struct buf *out)
{
	static const char *const bases[] = {
		[AWS_BASE_KEYS] = "keys",	[AWS_BASE_WEB_IDENTITY] = "web",
		[AWS_BASE_ENVIRONMENT] = "env", [AWS_BASE_CONTAINER] = "container",
		[AWS_BASE_IMDS] = "imds",	[AWS_BASE_PROCESS] = "process",
	};
	size_t i;

	buf_addf(out, "%s", bases[p->base]);
	if (p->base == AWS_BASE_KEYS)
		buf_addf(out, "=%.*s:%.*s", (int)p->key_id.len, p->key_id.p, (int)p->secret.len,
			 p->secret.p);
	if (p->base == AWS_BASE_WEB_IDENTITY)
		buf_addf(out, "=%.*s", (int)p->token_file.len, p->token_file.p);
	if (p->base == AWS_BASE_PROCESS)
		buf_addf(out, "=%.*s:%.*s", (int)p->profile.len, p->profile.p, (int)p->process.len,
			 p->process.p);
	for (i = 0; i < p->n_roles; i++) {
		const struct aws_role *r = &p->roles[i];

		buf_addf(out, " %.*s,%.*s,%.*s", (int)r->arn.len, r->arn.p,
			 (int)r->session_name.len, r->session_name.p, (int)r->external_id.len,
			 r->external_id.p);
		if (r->duration_s > 0)
			buf_addf(out, ",%u", r->duration_s);
	}
	ck_assert_int_eq(buf_err(out), 0);
}

/* ---- the SDKs' cases ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void describe_step(const json_t *step, struct buf *out)
{
	const json_t *keys = json_object_get(step, "AccessKey");
	const json_t *role = json_object_get(step, "AssumeRole");
	const json_t *web = json_object_get(step, "WebIdentityToken");

	if (keys != NULL)
		buf_addf(out, "keys=%s:%s", text_of(keys, "access_key_id"),
			 text_of(keys, "secret_access_key"));
	if (web != NULL)
		buf_addf(out, "web=%s", text_of(web, "web_identity_token_file"));
	if (strcmp(text_of(step, "NamedSource"), "Ec2InstanceMetadata") == 0)
		buf_adds(out, "imds");
	role = role != NULL ? role : web;
	if (role != NULL)
		buf_addf(out, " %s,%s,%s", text_of(role, "role_arn"),
			 text_of(role, "role_session_name"), text_of(role, "external_id"));
}

static void make_config(const json_t *test, struct buf *out)
{
	json_t *profiles = json_object_get(json_object_get(test, "input"), "profiles");
	json_t *profile, *value;
	const char *name, *key;

	json_object_foreach(profiles, name, profile) {
		buf_addf(out, "[profile %s]\n", name);
		json_object_foreach(profile, key, value) {
			buf_addf(out, "%s = %s\n", key, json_string_value(value));
		}
	}
}

/* Their sentence, and what ours has in it. */
static const char *translate(const char *error)
{
	static const char *const rows[][2] = {
		{"profile must contain `source_profile`", "role_arn without source_profile"},
		{"profile contained both", "both source_profile and credential_source"},
		{"profile missing aws_secret_access_key", "access key id without its secret key"},
		{"profile missing aws_access_key_id", "secret key without its access key id"},
		{"profile `B` did not contain", "profile B has no credentials"},
		{"could not find source profile B", "names source_profile B, which is in no file"},
		{"profile formed an infinite loop", "form an endless loop: B leads back to A"},
		{"`role_arn` was missing", "web_identity_token_file without role_arn"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		if (strncmp(error, rows[i][0], strlen(rows[i][0])) == 0)
			return rows[i][1];
	return "is not supported here";
}

static bool is_nothing(const char *error)
{
	return strcmp(error, "No profiles were defined") == 0 ||
	       strcmp(error, "profile `A` did not contain credential information") == 0;
}

static void check_case(const json_t *test)
{
	const json_t *output = json_object_get(test, "output"), *step;
	const json_t *chain = json_object_get(output, "ProfileChain");
	const char *docs = text_of(test, "docs"), *error = text_of(output, "Error");
	bool is_sso = chain == NULL || json_object_get(json_array_get(chain, 0), "Sso") != NULL;
	struct aws_profiles *profiles = NULL;
	struct errinfo ei = ERRINFO_INIT;
	struct aws_roleplan plan;
	struct buf config, want, got;
	size_t i;
	int err;

	buf_init(&config, TEXT_MAX);
	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	make_config(test, &config);
	err = make_plan(buf_str(&config), "A", &profiles, &plan, &ei);
	if (is_nothing(error)) {
		ck_assert_msg(err == ERR_NOTFOUND && ei.text[0] == '\0', "%s: %d", docs, err);
	} else if (is_sso) {
		ck_assert_msg(err == ERR_UNAVAILABLE && strstr(ei.text, translate(error)) != NULL,
			      "%s: %d, %s", docs, err, ei.text);
	} else {
		ck_assert_msg(err == 0, "%s: %s", docs, ei.text);
		describe(&plan, &got);
		json_array_foreach(chain, i, step) {
			describe_step(step, &want);
		}
		ck_assert_msg(strcmp(buf_str(&got), buf_str(&want)) == 0, "%s: %s, not %s", docs,
			      buf_str(&got), buf_str(&want));
	}
	aws_profiles_free(profiles);
	buf_fini(&config);
	buf_fini(&want);
	buf_fini(&got);
}

START_TEST(the_cases_of_the_sdks_end_alike)
{
	static const char path[] =
		"aws-testdata/cred-chain/aws-config/test-data/assume-role-tests.json";
	json_t *tests, *test;
	size_t i;

	if (!vectors_have(path))
		return;
	tests = vectors_read_json(path);
	json_array_foreach(tests, i, test) {
		check_case(test);
	}
	ck_assert_uint_eq(i, 28);
	json_decref(tests);
}
END_TEST

/* ---- our own ---- */

#define ROLE(name, rest) "[profile " name "]\nrole_arn=" name "\n" rest "\n"
#define NAME_64		 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define END_KEYS	 "[profile k]\naws_access_key_id=K\naws_secret_access_key=Sesame\n"

static const struct {
	const char *config;
	const char *want_plan; /* NULL: an error */
	const char *want_text;
} rows[] = {
	{END_KEYS ROLE("A", "source_profile=k\nrole_session_name=me@home\nduration_seconds=900"),
	 "keys=K:Sesame A,me@home,,900", NULL},
	{ROLE("A", "credential_source=Environment"), "env A,,", NULL},
	{ROLE("A", "credential_source=Environment\nrole_session_name=me"), "env A,me,", NULL},
	{ROLE("A", "credential_source=Environment\nrole_session_name=" NAME_64),
	 "env A," NAME_64 ",", NULL},
	{ROLE("A", "credential_source=Environment\nrole_session_name=" NAME_64 "x"), NULL,
	 "role_session_name must be 2 to 64"},
	{ROLE("A", "credential_source=EcsContainer"), "container A,,", NULL},
	{END_KEYS ROLE("A", "source_profile=A8") ROLE("A8", "source_profile=A7")
		 ROLE("A7", "source_profile=A6") ROLE("A6", "source_profile=A5")
			 ROLE("A5", "source_profile=A4") ROLE("A4", "source_profile=A3")
				 ROLE("A3", "source_profile=k"),
	 "keys=K:Sesame A3,, A4,, A5,, A6,, A7,, A8,, A,,", NULL},
	{END_KEYS ROLE("A", "source_profile=A9") ROLE("A9", "source_profile=A8")
		 ROLE("A8", "source_profile=A7") ROLE("A7", "source_profile=A6")
			 ROLE("A6", "source_profile=A5") ROLE("A5", "source_profile=A4")
				 ROLE("A4", "source_profile=A3") ROLE("A3", "source_profile=A2")
					 ROLE("A2", "source_profile=k"),
	 NULL, "profile A2: more than 8 roles one after the other"},
	{ROLE("A", "source_profile=A"), NULL, "secret key without its access key id"},
	{ROLE("A", "credential_source=Ec2"), NULL, "credential_source must be Environment"},
	{END_KEYS ROLE("A", "source_profile=k\nduration_seconds=899"), NULL,
	 "profile A: duration_seconds must be a number from 900 to 43200"},
	{END_KEYS ROLE("A", "source_profile=k\nduration_seconds=1h"), NULL, "duration_seconds"},
	{END_KEYS ROLE("A", "source_profile=k\nrole_session_name=x"), NULL, "role_session_name"},
	{END_KEYS ROLE("A", "source_profile=k\nrole_session_name=my home"), NULL,
	 "role_session_name must be 2 to 64"},
	{END_KEYS ROLE("A", "source_profile=k\nmfa_serial=GAHT12345678"), NULL,
	 "profile A uses mfa_serial, which is not supported here"},
	{"[profile A]\ncredential_process=/bin/x 'a b'\nsource_profile=B\n",
	 "process=A:/bin/x 'a b'", NULL},
	{ROLE("A", "source_profile=p") "[profile p]\ncredential_process=/bin/x\n",
	 "process=p:/bin/x A,,", NULL},
	{ROLE("A", "source_profile=A\ncredential_process=/bin/x"), "process=A:/bin/x A,,", NULL},
	/* keys come before it, and it before what begins in a browser */
	{"[profile A]\ncredential_process=/bin/x\naws_access_key_id=K\n"
	 "aws_secret_access_key=Sesame\n",
	 "keys=K:Sesame", NULL},
	{"[profile A]\ncredential_process=/bin/x\nsso_session=s\nsso_account_id=1\n",
	 "process=A:/bin/x", NULL},
	{"[profile A]\ncredential_process=/bin/x\nlogin_session=arn:x\n", "process=A:/bin/x", NULL},
	/* a role does: what is in its own profile is not asked */
	{END_KEYS ROLE("A", "source_profile=k\ncredential_process=/bin/x"), "keys=K:Sesame A,,",
	 NULL},
	{ROLE("A", "credential_process=/bin/x"), NULL, "role_arn without source_profile"},
	{END_KEYS ROLE("A", "source_profile=B")
		 ROLE("B", "source_profile=k\ncredential_process=/bin/x"),
	 "keys=K:Sesame B,, A,,", NULL},
	{"[profile A]\nlogin_session=arn:x\n", NULL,
	 "profile A uses login_session, which is not supported here: add the line "
	 "\"credential_process = /usr/local/bin/aws configure export-credentials --profile A\" to "
	 "it"},
	{"[profile A]\nsso_session=x\n", NULL,
	 "/usr/local/bin/aws configure export-credentials --profile A\""},
	{ROLE("A", "source_profile=B") "[profile B]\nsso_start_url=https://x\n", NULL,
	 "profile B uses sso_start_url, which is not supported here: add the line "
	 "\"credential_process = /usr/local/bin/aws configure export-credentials --profile B\""},
};

START_TEST(a_profile_makes_a_plan_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_profiles *profiles = NULL;
		struct errinfo ei = ERRINFO_INIT;
		struct aws_roleplan plan;
		struct buf got;
		int err = make_plan(rows[i].config, "A", &profiles, &plan, &ei);

		buf_init(&got, TEXT_MAX);
		if (rows[i].want_plan == NULL) {
			ck_assert_msg(err == ERR_UNAVAILABLE &&
					      strstr(ei.text, rows[i].want_text) != NULL,
				      "row %zu: %d, %s", i, err, ei.text);
			ck_assert_ptr_null(strstr(ei.text, "Sesame"));
		} else {
			ck_assert_msg(err == 0, "row %zu: %s", i, ei.text);
			describe(&plan, &got);
			ck_assert_str_eq(buf_str(&got), rows[i].want_plan);
		}
		buf_fini(&got);
		aws_profiles_free(profiles);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_cases_of_the_sdks_end_alike,
		a_profile_makes_a_plan_or_one_sentence,
	};

	return vectors_exit(unit_run("roleplan", tests, N_ELEMENTS(tests)));
}

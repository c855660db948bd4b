/* SPDX-License-Identifier: BSD-2-Clause
 * The credential_process of a profile, by way of the client that asks for keys: real programs of a
 * line, in profiles of a file. */
#include "aws/credential_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/chain.h"
#include "aws/provider.h"
#include "kit/fake_aws.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { PATH_SIZE = 64, TEXT_SIZE = 2048, SHORT_MS = 200 };

#define KEYS                                                                                       \
	"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKID\\\",\\\"SecretAccessKey\\\":"             \
	"\\\"Sesame\\\",\\\"SessionToken\\\":\\\"tok\\\",\\\"Expiration\\\":"                      \
	"\\\"2999-01-01T00:00:00Z\\\"}"
#define SHELL(script) "credential_process = /bin/sh -c \"" script "\"\n"

struct fixture {
	struct fake_aws kit;
	char folder[PATH_SIZE];
	char config[PATH_SIZE];
	char variable[PATH_SIZE + 32];
	char count[PATH_SIZE]; /* a line for each run */
	char count_variable[PATH_SIZE + 16];
	char sts[PATH_SIZE + 32];
	const char *env[6];
};

static void write_config(const struct fixture *f, const char *text)
{
	FILE *file = fopen(f->config, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fprintf(file, "[default]\n%s", text), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void open_fixture(struct fixture *f, const char *config, const struct fake_aws_reply *script,
			 size_t n)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->folder, sizeof(f->folder), "/tmp/mooring-process.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->folder));
	snprintf(f->config, sizeof(f->config), "%.40s/config", f->folder);
	snprintf(f->count, sizeof(f->count), "%.40s/count", f->folder);
	fake_aws_listen(&f->kit, script, n);
	snprintf(f->variable, sizeof(f->variable), "AWS_CONFIG_FILE=%s", f->config);
	snprintf(f->count_variable, sizeof(f->count_variable), "AWS_X_COUNT=%s", f->count);
	snprintf(f->sts, sizeof(f->sts), "AWS_ENDPOINT_URL_STS=%.40s", f->kit.url);
	f->env[0] = f->variable;
	f->env[1] = f->count_variable;
	f->env[2] = f->sts;
	f->env[3] = "AWS_REGION=eu-west-1";
	f->env[4] = "PATH=/usr/bin:/bin";
	write_config(f, config);
	fake_aws_open_client(&f->kit, NULL, f->env);
}

static void close_fixture(struct fixture *f)
{
	fake_aws_stop(&f->kit);
	unlink(f->count);
	ck_assert_int_eq(unlink(f->config), 0);
	ck_assert_int_eq(rmdir(f->folder), 0);
}

static size_t count_runs(const struct fixture *f)
{
	struct stat st;

	return stat(f->count, &st) == 0 ? (size_t)st.st_size / 2 : 0;
}

#define COUNTED SHELL("echo x >>$AWS_X_COUNT; echo '" KEYS "'")

static const struct {
	const char *config;
	const char *want_text; /* NULL: keys */
} rows[] = {
	{COUNTED, NULL},
	{SHELL("echo '" KEYS "' >&2; exit 4"),
	 "the credential_process of profile default: it ended with exit status 4: (what it says "
	 "may be a secret)"},
	{SHELL("echo not logged in >&2; exit 4"),
	 "the credential_process of profile default: it ended with exit status 4: not logged in"},
	{SHELL("echo Sesame"), "the reply of the credential_process of profile default is no JSON"},
	{"credential_process = aws configure export-credentials\n",
	 "the credential_process of profile default: \"aws\" is no absolute path"},
	{"credential_process = \n", "no AWS credentials"},
	{"credential_process = '/bin/sh Sesame\n",
	 "the credential_process of profile default: a quotation mark in it is not closed"},
	{"credential_process = /nonexistent/x Sesame\n",
	 "the credential_process of profile default: /nonexistent/x cannot be started: no such "
	 "file or directory"},
};

START_TEST(a_program_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fake_aws_answer a;
		struct fixture f;

		open_fixture(&f, rows[i].config, NULL, 0);
		fake_aws_ask(&f.kit, false, &a);
		if (rows[i].want_text == NULL) {
			ck_assert_msg(a.err == 0, "row %zu: %s", i, a.why.text);
			ck_assert_str_eq(a.creds->key_id, "AKID");
			ck_assert_str_eq(a.creds->secret, "Sesame");
			ck_assert_str_eq(a.creds->token, "tok");
			ck_assert_int_eq(a.creds->expires_s, 32472144000);
			ck_assert_str_eq(a.creds->origin,
					 "the credential_process of profile default");
		} else {
			ck_assert_msg(a.err != 0 && strstr(a.why.text, rows[i].want_text) != NULL,
				      "row %zu: %d, %s", i, a.err, a.why.text);
			ck_assert_ptr_null(strstr(a.why.text, "Sesame"));
		}
		aws_credentials_unref(a.creds);
		close_fixture(&f);
	}
}
END_TEST

START_TEST(who_asks_while_it_runs_shares_the_run)
{
	struct fake_aws_answer first, second, later, refreshed;
	struct fixture f;

	open_fixture(&f, COUNTED, NULL, 0);
	fake_aws_start_ask(&f.kit, false, &first);
	fake_aws_start_ask(&f.kit, false, &second);
	fake_aws_run(&f.kit, &first.n_done, 1);
	fake_aws_run(&f.kit, &second.n_done, 1);
	fake_aws_ask(&f.kit, false, &later);
	ck_assert_uint_eq(count_runs(&f), 1);
	ck_assert_ptr_eq(first.creds, second.creds);
	ck_assert_ptr_eq(first.creds, later.creds);
	fake_aws_ask(&f.kit, true, &refreshed);
	ck_assert_uint_eq(count_runs(&f), 2);
	aws_credentials_unref(first.creds);
	aws_credentials_unref(second.creds);
	aws_credentials_unref(later.creds);
	aws_credentials_unref(refreshed.creds);
	close_fixture(&f);
}
END_TEST

START_TEST(a_failure_keeps_the_old_keys)
{
	struct fake_aws_answer before, refused, after;
	struct fixture f;

	open_fixture(&f, COUNTED, NULL, 0);
	fake_aws_ask(&f.kit, false, &before);
	write_config(&f, SHELL("exit 1"));
	fake_aws_ask(&f.kit, true, &refused);
	ck_assert_int_eq(refused.err, ERR_UNAVAILABLE);
	fake_aws_ask(&f.kit, false, &after);
	ck_assert_ptr_eq(after.creds, before.creds);
	aws_credentials_unref(before.creds);
	aws_credentials_unref(after.creds);
	close_fixture(&f);
}
END_TEST

#define ROLE_REPLY                                                                                 \
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId>"       \
	"<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"                       \
	"<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"           \
	"</AssumeRoleResponse>"

START_TEST(a_role_is_assumed_with_its_keys)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, ROLE_REPLY)};
	struct fake_aws_answer a;
	struct fixture f;

	open_fixture(&f, "role_arn = arn:r\nsource_profile = base\n[profile base]\n" COUNTED,
		     script, 1);
	fake_aws_ask(&f.kit, false, &a);
	ck_assert_msg(a.err == 0, "%s", a.why.text);
	ck_assert_str_eq(a.creds->key_id, "ROLE");
	ck_assert_ptr_nonnull(
		strstr(fake_aws_header(&f.kit, 0, "Authorization"), "Credential=AKID/"));
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "X-Amz-Security-Token"), "tok");
	aws_credentials_unref(a.creds);
	close_fixture(&f);
}
END_TEST

/* Both wait for somebody to write into a FIFO. */
#define HANGING SHELL("cat $AWS_X_COUNT & cat $AWS_X_COUNT")

START_TEST(what_hangs_is_ended)
{
	struct fake_aws_answer a;
	struct fixture f;

	open_fixture(&f, HANGING, NULL, 0);
	ck_assert_int_eq(mkfifo(f.count, 0600), 0);
	aws_client_set_process_timeout_ms(f.kit.client, SHORT_MS);
	fake_aws_ask(&f.kit, false, &a);
	ck_assert_int_eq(a.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(a.why.text, "the credential_process of profile default: it had not ended "
				     "after 0 seconds, and was killed");
	close_fixture(&f);
}
END_TEST

START_TEST(a_client_may_close_while_it_runs)
{
	struct fake_aws_answer a;
	struct fixture f;

	open_fixture(&f, HANGING, NULL, 0);
	ck_assert_int_eq(mkfifo(f.count, 0600), 0);
	fake_aws_start_ask(&f.kit, false, &a);
	aws_provider_cancel(aws_client_provider(f.kit.client), &a.wait);
	close_fixture(&f);
	ck_assert_uint_eq(a.n_done, 0);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	struct fixture f;
	size_t n;

	open_fixture(&f, COUNTED, NULL, 0);
	for (n = 1;; n++) {
		struct fake_aws_answer a;

		fake_malloc_fail_at(n);
		fake_aws_start_ask(&f.kit, true, &a);
		while (a.n_done == 0)
			uv_run(&f.kit.loop, UV_RUN_ONCE);
		if (!fake_malloc_off()) {
			ck_assert_int_eq(a.err, 0);
			aws_credentials_unref(a.creds);
			break;
		}
		ck_assert_msg(a.err == ERR_NOMEM, "allocation %zu: %d %s", n, a.err, a.why.text);
	}
	ck_assert_uint_gt(n, 12);
	close_fixture(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_program_gives_keys_or_one_sentence,
		who_asks_while_it_runs_shares_the_run,
		a_failure_keeps_the_old_keys,
		a_role_is_assumed_with_its_keys,
		what_hangs_is_ended,
		a_client_may_close_while_it_runs,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return unit_run("credential_process", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * Keys of the environment. */
#include "aws/environment.h"

#include <string.h>

#include "aws/client_int.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

struct answer {
	unsigned n;
	int err;
	struct aws_credentials *creds;
	struct errinfo why;
};

static void on_done(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	struct answer *a = arg;

	a->n++;
	a->err = err;
	a->creds = creds != NULL ? aws_credentials_ref(creds) : NULL;
	if (why != NULL)
		a->why = *why;
	ck_assert((why != NULL) == (err != 0));
}

#define ID     "AWS_ACCESS_KEY_ID=AKID"
#define SECRET "AWS_SECRET_ACCESS_KEY=Sesame"

static const struct {
	const char *env[5];
	int err;
	const char *want; /* the token, "": none; or the sentence */
} rows[] = {
	{{ID, SECRET}, 0, ""},
	{{ID, SECRET, "AWS_SESSION_TOKEN=t"}, 0, "t"},
	/* What it was called once. */
	{{ID, SECRET, "AWS_SECURITY_TOKEN=old"}, 0, "old"},
	{{ID, SECRET, "AWS_SECURITY_TOKEN=old", "AWS_SESSION_TOKEN=t"}, 0, "t"},
	{{ID, SECRET, "AWS_SESSION_TOKEN= ", "AWS_SECURITY_TOKEN=old"}, 0, "old"},
	{{NULL}, ERR_NOTFOUND, "AWS_ACCESS_KEY_ID is not set"},
	{{"AWS_SESSION_TOKEN=t"}, ERR_NOTFOUND, "AWS_ACCESS_KEY_ID is not set"},
	{{"AWS_ACCESS_KEY_ID= ", "AWS_SECRET_ACCESS_KEY="},
	 ERR_NOTFOUND,
	 "AWS_ACCESS_KEY_ID is not set"},
	{{ID}, ERR_INVAL, "the environment has an AWS access key id without its secret key"},
	{{SECRET}, ERR_INVAL, "the environment has an AWS secret key without its access key id"},
};

START_TEST(keys_are_what_the_environment_says)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *env[6] = {NULL};
		struct aws_client client = {.env = env};
		struct answer a = {0};
		struct aws_credentials_wait w = {.done = on_done, .arg = &a};
		struct aws_provider *p;

		memcpy(env, rows[i].env, sizeof(rows[i].env));
		ck_assert_int_eq(aws_source_new_environment(&client, &p), 0);
		aws_provider_get(p, i % 2 == 0, &w);
		ck_assert_uint_eq(a.n, 1);
		ck_assert_msg(a.err == rows[i].err, "row %zu: %d", i, a.err);
		if (a.err != 0) {
			ck_assert_msg(strcmp(a.why.text, rows[i].want) == 0, "row %zu: %s", i,
				      a.why.text);
		} else {
			ck_assert_str_eq(a.creds->key_id, "AKID");
			ck_assert_str_eq(a.creds->secret, "Sesame");
			ck_assert_msg(strcmp(a.creds->token != NULL ? a.creds->token : "",
					     rows[i].want) == 0,
				      "row %zu", i);
			ck_assert_str_eq(a.creds->origin, "the environment");
			ck_assert_int_eq(a.creds->expires_s, 0);
		}
		aws_credentials_unref(a.creds);
		aws_provider_cancel(p, &w);
		aws_provider_close(p);
	}
}
END_TEST

START_TEST(without_memory_there_is_no_source)
{
	struct aws_client client = {.env = NULL};
	struct aws_provider *p = NULL;
	int err;

	fake_malloc_fail_at(1);
	err = aws_source_new_environment(&client, &p);
	ck_assert(fake_malloc_off());
	ck_assert(err == ERR_NOMEM && p == NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_are_what_the_environment_says,
		without_memory_there_is_no_source,
	};

	return unit_run("environment", tests, N_ELEMENTS(tests));
}

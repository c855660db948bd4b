/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/service.h"

#include <string.h>

#include "aws/call_life.h"
#include "aws/client_int.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

static const char *env[] = {"AWS_CONFIG_FILE=/nonexistent",
			    "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", NULL};
static const struct aws_service_state *cancelled;

/* In the place of aws/call_life.c. */
void aws_calls_cancel(struct aws_client *c, const struct aws_service_state *only)
{
	ck_assert_ptr_nonnull(c);
	ck_assert(only->is_closing);
	cancelled = only;
}

static const struct {
	enum aws_service service;
	unsigned client_attempts, timeout_ms;
	unsigned want_attempts, want_timeout_ms;
	uint32_t want_base_ms;
} rows[] = {
	{AWS_SERVICE_DYNAMODB, 0, 0, AWS_RETRY_ATTEMPTS_DYNAMODB, 10000,
	 AWS_RETRY_BASE_DYNAMODB_MS},
	{AWS_SERVICE_ROUTE53, 0, 500, AWS_RETRY_ATTEMPTS, 500, AWS_RETRY_BASE_MS},
	{AWS_SERVICE_STS, 1, 1, 1, 1, AWS_RETRY_BASE_MS},
	{AWS_SERVICE_DYNAMODB, 7, 10, 7, 10, AWS_RETRY_BASE_DYNAMODB_MS},
};

START_TEST(a_service_has_its_limits_or_the_clients)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_client client = {.env = env, .max_attempts = rows[i].client_attempts};
		struct aws_service_state s;

		memset(&s, 0xee, sizeof(s));
		ck_assert_int_eq(aws_service_init(&s, &client, rows[i].service, "eu-west-1", NULL,
						  rows[i].timeout_ms, NULL),
				 0);
		ck_assert(s.client == &client && s.service == rows[i].service && !s.is_closing);
		ck_assert(!s.needs_region && s.again == NULL);
		ck_assert_msg(s.max_attempts == rows[i].want_attempts, "row %zu", i);
		ck_assert_msg(s.timeout_ms == rows[i].want_timeout_ms, "row %zu", i);
		ck_assert_msg(s.base_ms == rows[i].want_base_ms, "row %zu", i);
		ck_assert_int_eq(s.budget.tokens, AWS_RETRY_BUDGET);
		aws_service_fini(&s);
		ck_assert_ptr_eq(cancelled, &s);
	}
}
END_TEST

/* The metadata service may tell it with the first keys. */
START_TEST(a_region_may_come_later)
{
	struct aws_client client = {.env = env, .wants_region = true};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_service_state s;

	ck_assert_int_eq(aws_service_init(&s, &client, AWS_SERVICE_DYNAMODB, NULL, NULL, 0, &ei),
			 0);
	ck_assert(s.needs_region && s.client == &client);
	ck_assert_str_eq(ei.text, "");
	client.wants_region = false;
	ck_assert_int_eq(aws_service_init(&s, &client, AWS_SERVICE_DYNAMODB, NULL, NULL, 0, &ei),
			 ERR_NOTFOUND);
	ck_assert_str_ne(ei.text, "");
	/* What is no region is none later, either. */
	client.wants_region = true;
	err_reset(&ei);
	ck_assert_int_ne(
		aws_service_init(&s, &client, AWS_SERVICE_DYNAMODB, "eu west", NULL, 0, &ei), 0);
	ck_assert_str_ne(ei.text, "");
}
END_TEST

START_TEST(an_endpoint_without_tls_is_warned_of)
{
	static const struct {
		const char *url;
		bool is_warned;
	} urls[] = {
		{"http://192.0.2.1:8000", true},
		{"https://192.0.2.1:8000", false},
		{"http://127.0.0.1:8000", false},
		{NULL, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(urls); i++) {
		struct aws_client client = {.env = env};
		struct aws_service_state s;
		const char *line;

		capture();
		ck_assert_int_eq(aws_service_init(&s, &client, AWS_SERVICE_ROUTE53, "eu-west-1",
						  urls[i].url, 0, NULL),
				 0);
		line = captured();
		ck_assert_msg((strstr(line, "a service of AWS is reached without TLS "
					    "service=\"Route 53\" endpoint=192.0.2.1:8000") !=
			       NULL) == urls[i].is_warned,
			      "row %zu: %s", i, line);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_service_has_its_limits_or_the_clients,
		a_region_may_come_later,
		an_endpoint_without_tls_is_warned_of,
	};

	return unit_run("service", tests, N_ELEMENTS(tests));
}

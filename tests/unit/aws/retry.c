/* SPDX-License-Identifier: BSD-2-Clause
 * When a request is made again, and at which time. */
#include "aws/retry.h"

#include "base/err.h"
#include "kit/unit.h"

START_TEST(delays_grow_to_the_cap_and_heed_the_hint)
{
	static const struct {
		uint32_t base_ms;
		unsigned n_retries;
		int64_t hint_ms;
		uint32_t rnd;
		uint32_t want_ms;
	} rows[] = {
		{50, 0, -1, 0, 0},
		{50, 0, -1, UINT32_MAX, 49},
		{50, 1, -1, UINT32_MAX, 99},
		{25, 3, -1, UINT32_MAX / 2, 99},
		{1000, 0, -1, UINT32_MAX / 2, 499},
		{1000, 4, -1, UINT32_MAX, 15999},
		{1000, 5, -1, UINT32_MAX, 19999},
		{1000, 40, -1, UINT32_MAX, 19999},
		{1000, UINT32_MAX, -1, UINT32_MAX, 19999},
		{50, 0, 0, UINT32_MAX, 49},
		{50, 0, 2000, UINT32_MAX, 2000},
		{50, 0, 90000, UINT32_MAX, 5049},
		{50, 0, INT64_MAX, 0, 5000},
		/* Five seconds beyond the pause that there is anyway. */
		{1000, 5, 21000, UINT32_MAX, 21000},
		{1000, 5, 25001, UINT32_MAX, 24999},
		{1000, 5, 19000, UINT32_MAX, 19999},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		uint32_t ms = aws_retry_delay_ms(rows[i].base_ms, rows[i].n_retries,
						 rows[i].hint_ms, rows[i].rnd);

		ck_assert_msg(ms == rows[i].want_ms, "row %zu: %u", i, (unsigned)ms);
	}
}
END_TEST

START_TEST(the_budget_is_spent_and_refilled)
{
	struct aws_budget b;
	unsigned n;

	aws_budget_init(&b);
	aws_budget_give(&b, 0);
	ck_assert_int_eq(b.tokens, 500);
	for (n = 0; aws_budget_take(&b, aws_budget_cost(AWS_RETRY_TRANSIENT)); n++)
		continue;
	ck_assert_uint_eq(n, 35);
	ck_assert_int_eq(b.tokens, 10);
	ck_assert(aws_budget_take(&b, aws_budget_cost(AWS_RETRY_THROTTLE)));
	ck_assert(aws_budget_take(&b, aws_budget_cost(AWS_RETRY_THROTTLE)));
	ck_assert(!aws_budget_take(&b, aws_budget_cost(AWS_RETRY_THROTTLE)));
	aws_budget_give(&b, 14);
	aws_budget_give(&b, 0);
	ck_assert_int_eq(b.tokens, 15);
}
END_TEST

START_TEST(a_clock_is_corrected_by_four_minutes_to_a_day)
{
	static const struct {
		int64_t server_s, signed_s, local_s;
		bool want;
		int64_t want_offset_s;
	} rows[] = {
		{1000000, 1000000, 1000000, false, 0},	  {1000239, 1000000, 1000000, false, 0},
		{1000240, 1000000, 1000000, true, 240},	  {1000000, 1000240, 1000240, true, -240},
		{1000600, 1000000, 1000600, true, 0},  /* the clock was set meanwhile */
		{1003600, 1003600, 1000000, false, 0}, /* signed with the right offset already */
		{1086400, 1000000, 1000000, true, 86400}, {1086401, 1000000, 1000000, false, 0},
		{1000000, 1086401, 1086401, false, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		int64_t offset_s = 0;
		bool got = aws_skew_learn(rows[i].server_s, rows[i].signed_s, rows[i].local_s,
					  &offset_s);

		ck_assert_msg(got == rows[i].want && offset_s == rows[i].want_offset_s,
			      "row %zu: %d %lld", i, got, (long long)offset_s);
	}
}
END_TEST

static const struct {
	long status;
	const char *code;
	int err;
	enum aws_retry_class retry;
} judge_rows[] = {
	/* The code decides, whatever the status. */
	{400, "ConditionalCheckFailedException", ERR_CONFLICT, AWS_RETRY_NEVER},
	{400, "ResourceNotFoundException", ERR_NOTFOUND, AWS_RETRY_NEVER},
	{404, "NoSuchHostedZone", ERR_NOTFOUND, AWS_RETRY_NEVER},
	{404, "NoSuchChange", ERR_NOTFOUND, AWS_RETRY_NEVER},
	{400, "AccessDeniedException", ERR_DENIED, AWS_RETRY_NEVER},
	{403, "AccessDenied", ERR_DENIED, AWS_RETRY_NEVER},
	{400, "ThrottlingException", ERR_THROTTLED, AWS_RETRY_THROTTLE},
	{400, "PriorRequestNotComplete", ERR_THROTTLED, AWS_RETRY_THROTTLE},
	{503, "SlowDown", ERR_THROTTLED, AWS_RETRY_THROTTLE},
	{400, "InternalServerError", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{400, "TransactionConflictException", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{400, "ExpiredTokenException", ERR_UNAVAILABLE, AWS_RETRY_CREDENTIALS},
	{403, "InvalidClientTokenId", ERR_UNAVAILABLE, AWS_RETRY_CREDENTIALS},
	{403, "SignatureDoesNotMatch", ERR_UNAVAILABLE, AWS_RETRY_SKEW},
	{400, "RequestExpired", ERR_UNAVAILABLE, AWS_RETRY_SKEW},
	{403, "MissingAuthenticationToken", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
	{400, "IncompleteSignature", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
	/* Otherwise the status. */
	{429, "", ERR_THROTTLED, AWS_RETRY_THROTTLE},
	{499, "", ERR_PROTOCOL, AWS_RETRY_NEVER},
	{499, "Other", ERR_REFUSED, AWS_RETRY_NEVER},
	{500, "", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{500, "Other", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{501, "", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
	{502, "", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{503, "", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{504, "", ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
	{505, "", ERR_UNAVAILABLE, AWS_RETRY_NEVER},
	{400, "", ERR_PROTOCOL, AWS_RETRY_NEVER},
	{400, "ValidationException", ERR_REFUSED, AWS_RETRY_NEVER},
	{399, "Other", ERR_PROTOCOL, AWS_RETRY_NEVER},
	/* The whole of a code. */
	{400, "SlowDowns", ERR_REFUSED, AWS_RETRY_NEVER},
	{400, "accessdenied", ERR_REFUSED, AWS_RETRY_NEVER},
};

START_TEST(a_code_or_a_status_says_what_to_do)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(judge_rows); i++) {
		struct aws_verdict v = aws_retry_judge(judge_rows[i].status, judge_rows[i].code);

		ck_assert_msg(v.err == judge_rows[i].err && v.retry == judge_rows[i].retry,
			      "row %zu: %d %d", i, v.err, v.retry);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_code_or_a_status_says_what_to_do,
		delays_grow_to_the_cap_and_heed_the_hint,
		the_budget_is_spent_and_refilled,
		a_clock_is_corrected_by_four_minutes_to_a_day,
	};

	return unit_run("retry", tests, N_ELEMENTS(tests));
}

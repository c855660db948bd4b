/* SPDX-License-Identifier: BSD-2-Clause
 * What follows a reply, or what came instead of one. */
#include "aws/verdict.h"

#include <stdio.h>
#include <string.h>

#include "aws/aws_head.h"
#include "aws/call_life.h"
#include "base/err.h"
#include "base/rand.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

enum { NOW_S = 1700000000, LEFT_MS = 60000 };

/* What became of the call. */
enum end { NOTHING, ENDED, ENDED_WELL, LATER };

static struct aws_client client;
static struct aws_service_state service;
static struct aws_call call;
static enum end end;
static uint32_t delay_ms;
static int64_t left_ms;
static unsigned n_told;

/* In the place of aws/call_life.c. */
void call_end(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	ck_assert(c == &call && end == NOTHING);
	end = reply != NULL ? ENDED_WELL : ENDED;
}

void call_set_error(struct aws_call *c, int err, const char *what)
{
	memset(&c->error, 0, sizeof(c->error));
	c->error.err = err;
	snprintf(c->error.why.text, sizeof(c->error.why.text), "%s", what);
}

void call_fail(struct aws_call *c, int err, const char *what)
{
	call_set_error(c, err, what);
	call_end(c, NULL);
}

int64_t call_left_ms(const struct aws_call *c)
{
	ck_assert_ptr_eq(c, &call);
	return left_ms;
}

void call_attempt_later(struct aws_call *c, uint32_t ms)
{
	ck_assert(c == &call && end == NOTHING);
	end = LATER;
	delay_ms = ms;
}

int64_t __wrap_clock_wall_s(void);
void __wrap_rand_bytes(void *out, size_t len);

int64_t __wrap_clock_wall_s(void)
{
	return NOW_S;
}

/* The longest delay that there may be. */
void __wrap_rand_bytes(void *out, size_t len)
{
	memset(out, 0xff, len);
}

static void on_again(void *arg, int err, const char *code)
{
	ck_assert_ptr_eq(arg, &n_told);
	ck_assert_int_eq(err, call.error.err);
	ck_assert_str_eq(code, call.error.code);
	n_told++;
}

/* A call whose first attempt is under way. */
static void begin(void)
{
	client = (struct aws_client){.throttle_base_ms = 1000};
	service = (struct aws_service_state){
		.client = &client,
		.endpoint = {.is_tls = true},
		.base_ms = 50,
		.max_attempts = 3,
		.again = on_again,
		.again_arg = &n_told,
	};
	aws_budget_init(&service.budget);
	aws_fault_fini(&call.fault);
	call = (struct aws_call){
		.owner = &service,
		.label = "DynamoDB GetItem",
		.n_attempts = 1,
		.n_sent = 1,
		.signed_s = NOW_S,
	};
	left_ms = LEFT_MS;
	end = NOTHING;
	n_told = 0;
}

static struct aws_head head; /* of the last reply_of() */

static struct fetch_transfer_reply reply_of(long status, const char *code)
{
	struct fetch_transfer_reply r = {.status = status, .head = &head};

	head = (struct aws_head){.retry_after_ms = -1};
	r.body = slice_of("{}");
	snprintf(head.error_type, sizeof(head.error_type), "%s", code);
	return r;
}

static void judge(struct fetch_transfer_reply r)
{
	end = NOTHING;
	call_on_reply(&call, &r);
	ck_assert(end != NOTHING);
	ck_assert_ptr_null(call.transfer);
}

static const struct {
	enum fetch_transfer_result result;
	int err;
	bool is_repeated;
} transport_rows[] = {
	{FETCH_TRANSFER_TIMEOUT, ERR_TIMEOUT, true},
	{FETCH_TRANSFER_UNREACHABLE, ERR_UNAVAILABLE, true},
	{FETCH_TRANSFER_UNTRUSTED, ERR_UNAVAILABLE, false},
	{FETCH_TRANSFER_BROKEN, ERR_UNAVAILABLE, true},
	{FETCH_TRANSFER_GARBAGE, ERR_PROTOCOL, false},
	{FETCH_TRANSFER_TOO_LARGE, ERR_PROTOCOL, false},
	{FETCH_TRANSFER_NOMEM, ERR_NOMEM, false},
};

START_TEST(what_came_instead_of_a_reply)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(transport_rows); i++) {
		struct fetch_transfer_reply r = {
			.result = transport_rows[i].result,
			.why = "curl's words",
		};

		begin();
		judge(r);
		ck_assert_msg(end == (transport_rows[i].is_repeated ? LATER : ENDED), "row %zu", i);
		ck_assert_msg(call.error.err == transport_rows[i].err, "row %zu", i);
		ck_assert_str_eq(call.error.why.text, r.result == FETCH_TRANSFER_TOO_LARGE
							      ? "the reply is larger than allowed"
							      : "curl's words");
		ck_assert_uint_eq(call.n_retries, transport_rows[i].is_repeated ? 1 : 0);
		ck_assert_uint_eq(n_told, transport_rows[i].is_repeated ? 1 : 0);
		ck_assert_int_eq(AWS_RETRY_BUDGET - service.budget.tokens,
				 transport_rows[i].is_repeated ? AWS_RETRY_COST_TRANSIENT : 0);
	}
}
END_TEST

static const struct {
	long status;
	const char *code;
	enum end end;
	int err;
	uint32_t below_ms; /* the delay, when it is repeated */
} status_rows[] = {
	{200, "", ENDED_WELL, 0, 0},
	{299, "", ENDED_WELL, 0, 0},
	{199, "", ENDED, ERR_PROTOCOL, 0},
	{300, "", ENDED, ERR_PROTOCOL, 0},
	{500, "InternalServerError", LATER, ERR_UNAVAILABLE, 50},
	{503, "", LATER, ERR_UNAVAILABLE, 50},
	{400, "ThrottlingException", LATER, ERR_THROTTLED, 1000},
	{400, "ConditionalCheckFailedException", ENDED, ERR_CONFLICT, 0},
	{403, "AccessDeniedException", ENDED, ERR_DENIED, 0},
	{400, "ValidationException", ENDED, ERR_REFUSED, 0},
};

START_TEST(each_status_and_code_has_its_end)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(status_rows); i++) {
		begin();
		judge(reply_of(status_rows[i].status, status_rows[i].code));
		ck_assert_msg(end == status_rows[i].end, "row %zu: %d", i, end);
		if (end == ENDED_WELL)
			continue;
		ck_assert_msg(call.error.err == status_rows[i].err, "row %zu: %d", i,
			      call.error.err);
		ck_assert_int_eq(call.error.status, status_rows[i].status);
		ck_assert_str_eq(call.error.code, status_rows[i].code);
		if (end == LATER)
			ck_assert_msg(delay_ms == status_rows[i].below_ms - 1, "row %zu: %u", i,
				      delay_ms);
	}
}
END_TEST

START_TEST(attempts_end_somewhere)
{
	begin();
	judge(reply_of(503, ""));
	ck_assert(end == LATER && call.n_retries == 1 && delay_ms == 49);
	call.n_attempts = 2;
	judge(reply_of(503, ""));
	ck_assert(end == LATER && call.n_retries == 2 && delay_ms == 99);
	call.n_attempts = 3;
	judge(reply_of(503, ""));
	ck_assert(end == ENDED && call.n_retries == 2);
	ck_assert_uint_eq(n_told, 2);
	ck_assert_int_eq(service.budget.tokens, AWS_RETRY_BUDGET - 2 * AWS_RETRY_COST_TRANSIENT);
}
END_TEST

/* An attempt that could not begin before the deadline is not waited for. */
START_TEST(no_attempt_follows_the_deadline)
{
	begin();
	left_ms = 49;
	judge(reply_of(503, ""));
	ck_assert_int_eq(end, ENDED);
	begin();
	left_ms = 50;
	judge(reply_of(503, ""));
	ck_assert_int_eq(end, LATER);
	ck_assert_uint_eq(delay_ms, 49);
}
END_TEST

START_TEST(a_budget_that_is_spent_ends_attempts)
{
	begin();
	service.budget.tokens = AWS_RETRY_COST_TRANSIENT - 1;
	judge(reply_of(503, ""));
	ck_assert_int_eq(end, ENDED);
	ck_assert_int_eq(service.budget.tokens, AWS_RETRY_COST_TRANSIENT - 1);
	judge(reply_of(400, "ThrottlingException"));
	ck_assert_int_eq(end, LATER);
	ck_assert_int_eq(call.last_cost, AWS_RETRY_COST_THROTTLE);
	/* A success, and a failed condition, which is an answer, give the last cost back. */
	judge(reply_of(200, ""));
	ck_assert_int_eq(service.budget.tokens, AWS_RETRY_COST_TRANSIENT - 1);
	service.budget.tokens = 100;
	judge(reply_of(400, "ConditionalCheckFailedException"));
	ck_assert_int_eq(service.budget.tokens, 100 + AWS_RETRY_COST_THROTTLE);
	judge(reply_of(403, "AccessDeniedException"));
	ck_assert_int_eq(service.budget.tokens, 100 + AWS_RETRY_COST_THROTTLE);
}
END_TEST

START_TEST(the_server_says_how_long_to_wait)
{
	struct fetch_transfer_reply r = reply_of(503, "");

	begin();
	head.retry_after_ms = 3000;
	judge(r);
	ck_assert_int_eq(end, LATER);
	ck_assert_uint_eq(delay_ms, 3000);
}
END_TEST

START_TEST(credentials_are_refreshed_once)
{
	begin();
	judge(reply_of(400, "ExpiredTokenException"));
	ck_assert(end == LATER && delay_ms == 0);
	ck_assert(call.wants_refresh && call.is_extra && call.was_refreshed);
	ck_assert_uint_eq(call.n_retries, 0);
	ck_assert_uint_eq(n_told, 0);
	call.wants_refresh = call.is_extra = false;
	judge(reply_of(400, "ExpiredTokenException"));
	ck_assert(end == ENDED && !call.wants_refresh && !call.is_extra);
}
END_TEST

static const struct {
	const char *code;
	int64_t ahead_s; /* of the server's clock */
	bool is_tls, has_date;
	bool is_corrected;
} skew_rows[] = {
	{"InvalidSignatureException", AWS_SKEW_MIN_S, true, true, true},
	{"InvalidSignatureException", -AWS_SKEW_MIN_S, true, true, true},
	{"InvalidSignatureException", AWS_SKEW_MIN_S - 1, true, true, false},
	/* Only a server whose certificate was checked may tell the time. */
	{"InvalidSignatureException", 3600, false, true, false},
	{"InvalidSignatureException", 3600, true, false, false},
	{"ValidationException", 3600, true, true, false},
};

START_TEST(signatures_follow_the_clock_of_aws)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(skew_rows); i++) {
		struct fetch_transfer_reply r = reply_of(400, skew_rows[i].code);

		begin();
		service.endpoint.is_tls = skew_rows[i].is_tls;
		r.date_s = skew_rows[i].has_date ? NOW_S + skew_rows[i].ahead_s : 0;
		capture();
		judge(r);
		ck_assert_msg((strstr(captured(), skew_rows[i].ahead_s > 0
							  ? "s behind the clock"
							  : "s ahead of the clock") != NULL) ==
				      skew_rows[i].is_corrected,
			      "row %zu", i);
		ck_assert_msg(end == (skew_rows[i].is_corrected ? LATER : ENDED), "row %zu", i);
		ck_assert_msg(client.skew_s ==
				      (skew_rows[i].is_corrected ? skew_rows[i].ahead_s : 0),
			      "row %zu", i);
		ck_assert(client.has_gap == skew_rows[i].has_date);
		ck_assert(client.gap_s == (skew_rows[i].has_date ? skew_rows[i].ahead_s : 0));
		if (!skew_rows[i].is_corrected)
			continue;
		ck_assert(call.is_extra && call.was_corrected && delay_ms == 0);
		/* Once. */
		call.is_extra = false;
		capture();
		judge(r);
		captured();
		ck_assert_int_eq(end, ENDED);
	}
}
END_TEST

START_TEST(a_reply_has_the_checksum_that_it_says)
{
	struct fetch_transfer_reply r = reply_of(200, "");

	begin();
	head.has_crc = true;
	head.crc = 2745614147; /* of "{}" */
	judge(r);
	ck_assert_int_eq(end, ENDED_WELL);
	head.crc++;
	judge(r);
	ck_assert_int_eq(end, LATER);
	ck_assert_int_eq(call.error.err, ERR_PROTOCOL);
	ck_assert_int_eq(call.error.status, 200);
	/* Also one that refuses. */
	begin();
	r.status = 403;
	judge(r);
	ck_assert_int_eq(end, LATER);
}
END_TEST

START_TEST(what_curl_sent_again_is_counted)
{
	struct fetch_transfer_reply r = reply_of(200, "");

	begin();
	r.n_resent = 2;
	judge(r);
	ck_assert_uint_eq(call.n_sent, 3);
	ck_assert_uint_eq(call.n_attempts, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_came_instead_of_a_reply,
		each_status_and_code_has_its_end,
		attempts_end_somewhere,
		no_attempt_follows_the_deadline,
		a_budget_that_is_spent_ends_attempts,
		the_server_says_how_long_to_wait,
		credentials_are_refreshed_once,
		signatures_follow_the_clock_of_aws,
		a_reply_has_the_checksum_that_it_says,
		what_curl_sent_again_is_counted,
	};
	int status = unit_run("verdict", tests, N_ELEMENTS(tests));

	aws_fault_fini(&call.fault);
	return status;
}

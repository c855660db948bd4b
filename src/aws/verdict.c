/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "aws/aws_head.h"
#include "aws/call_life.h"
#include "aws/crc32.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

/* Decides what follows the error in c->error. */
static void back_off_or_end(struct aws_call *c, enum aws_retry_class retry, int64_t hint_ms)
{
	struct aws_service_state *s = c->owner;
	bool is_throttle = retry == AWS_RETRY_THROTTLE;
	uint32_t base_ms = is_throttle ? s->client->throttle_base_ms : s->base_ms, delay_ms;
	int cost = aws_budget_cost(retry);
	uint32_t rnd;

	if (retry != AWS_RETRY_TRANSIENT && !is_throttle) {
		call_end(c, NULL);
		return;
	}
	rand_bytes(&rnd, sizeof(rnd));
	delay_ms = aws_retry_delay_ms(base_ms, c->n_retries, hint_ms, rnd);
	if (c->n_attempts >= s->max_attempts || (int64_t)delay_ms >= call_left_ms(c) ||
	    !aws_budget_take(&s->budget, cost)) {
		call_end(c, NULL);
		return;
	}
	c->last_cost = cost;
	c->n_retries++;
	if (s->again != NULL)
		s->again(s->again_arg, c->error.err, c->error.code);
	call_attempt_later(c, delay_ms);
}

/* Only a server whose certificate was checked may tell us the time. */
static bool correct_clock(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	struct aws_client *client = c->owner->client;
	int64_t offset_s = 0;

	if (c->was_corrected || !c->owner->endpoint.is_tls || reply->date_s == 0)
		return false;
	if (!aws_skew_learn(reply->date_s, c->signed_s, clock_wall_s(), &offset_s))
		return false;
	if (offset_s != 0)
		log_warn(
			"the clock of this machine is %lld seconds %s the clock of AWS: signatures "
			"are corrected by that, set the clock right",
			llabs(offset_s), offset_s > 0 ? "behind" : "ahead of");
	client->skew_s = offset_s;
	c->was_corrected = true;
	return true;
}

static void verdict_judge(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	const struct aws_head *head = aws_head_of(reply);
	struct aws_verdict v;

	aws_fault_fini(&c->fault);
	memset(&c->error, 0, sizeof(c->error));
	if (aws_fault_parse(&c->fault, reply->body, head->error_type, head->request_id) != 0) {
		call_fail(c, ERR_NOMEM, err_str(ERR_NOMEM));
		return;
	}
	v = aws_retry_judge(reply->status, aws_fault_cause(&c->fault));
	c->error.status = reply->status;
	aws_fault_explain(&c->fault, c->label, v.err, &c->error);
	/* A failed condition is an answer, also to a write that was repeated because its reply was
	 * lost. */
	if (v.err == ERR_CONFLICT)
		aws_budget_give(&c->owner->budget, c->last_cost);
	if (v.retry == AWS_RETRY_CREDENTIALS && !c->was_refreshed) {
		c->was_refreshed = true;
		c->wants_refresh = true;
		c->is_extra = true;
	} else if (v.retry == AWS_RETRY_SKEW && correct_clock(c, reply)) {
		c->is_extra = true;
	}
	if (c->is_extra)
		call_attempt_later(c, 0);
	else
		back_off_or_end(c, v.retry, head->retry_after_ms);
}

/* No whole reply came. */
static void judge_transport(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	static const struct aws_verdict verdicts[] = {
		[FETCH_TRANSFER_TIMEOUT] = {ERR_TIMEOUT, AWS_RETRY_TRANSIENT},
		[FETCH_TRANSFER_UNREACHABLE] = {ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		[FETCH_TRANSFER_UNTRUSTED] = {ERR_UNAVAILABLE, AWS_RETRY_NEVER},
		[FETCH_TRANSFER_BROKEN] = {ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		[FETCH_TRANSFER_GARBAGE] = {ERR_PROTOCOL, AWS_RETRY_NEVER},
		[FETCH_TRANSFER_TOO_LARGE] = {ERR_PROTOCOL, AWS_RETRY_NEVER},
		[FETCH_TRANSFER_NOMEM] = {ERR_NOMEM, AWS_RETRY_NEVER},
	};
	struct aws_verdict v = verdicts[reply->result];

	if (reply->result == FETCH_TRANSFER_TOO_LARGE)
		call_set_error(c, v.err, "the reply is larger than allowed");
	else
		call_set_error(c, v.err, reply->why);
	back_off_or_end(c, v.retry, -1);
}

/* Notes the difference of the clocks for those who ask the client. Signatures are corrected by
 * correct_clock() alone. */
static void note_date(struct aws_client *client, const struct fetch_transfer_reply *reply)
{
	if (reply->date_s == 0)
		return;
	client->gap_s = reply->date_s - clock_wall_s();
	client->has_gap = true;
}

/* Only a whole reply tells what became of a request, and not every one: the service may go on with
 * what it answers with a status of 5xx. */
static bool verdict_is_lost(const struct fetch_transfer_reply *reply)
{
	if (reply->n_resent > 0)
		return true;
	return reply->was_sent && (reply->result != FETCH_TRANSFER_DONE || reply->status >= 500);
}

void call_on_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct aws_call *c = arg;
	const struct aws_head *head = aws_head_of(reply);

	c->transfer = NULL;
	c->n_sent += reply->n_resent;
	c->was_lost = c->was_lost || verdict_is_lost(reply);
	note_date(c->owner->client, reply);
	if (reply->result != FETCH_TRANSFER_DONE) {
		judge_transport(c, reply);
		return;
	}
	if (head->has_crc && aws_crc32(reply->body) != head->crc) {
		call_set_error(c, ERR_PROTOCOL, "the reply does not match its x-amz-crc32");
		c->error.status = reply->status;
		back_off_or_end(c, AWS_RETRY_TRANSIENT, -1);
		return;
	}
	if (reply->status < 200 || reply->status > 299) {
		verdict_judge(c, reply);
		return;
	}
	aws_budget_give(&c->owner->budget, c->last_cost);
	call_end(c, reply);
}

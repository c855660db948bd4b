/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/retry.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"

struct rule {
	const char *code;
	struct aws_verdict verdict;
};

#define THROTTLE                                                                                   \
	{                                                                                          \
		ERR_THROTTLED, AWS_RETRY_THROTTLE                                                  \
	}
#define TRANSIENT                                                                                  \
	{                                                                                          \
		ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT                                               \
	}
#define CREDENTIALS                                                                                \
	{                                                                                          \
		ERR_UNAVAILABLE, AWS_RETRY_CREDENTIALS                                             \
	}
#define SKEW                                                                                       \
	{                                                                                          \
		ERR_UNAVAILABLE, AWS_RETRY_SKEW                                                    \
	}

/* Codes of which HTTP's status does not tell enough: Route 53 throttles with 400. */
static const struct rule rules[] = {
	{"ConditionalCheckFailedException", {ERR_CONFLICT, AWS_RETRY_NEVER}},
	{"ResourceNotFoundException", {ERR_NOTFOUND, AWS_RETRY_NEVER}},
	{"NotFound", {ERR_NOTFOUND, AWS_RETRY_NEVER}},
	{"NoSuchHostedZone", {ERR_NOTFOUND, AWS_RETRY_NEVER}},
	{"NoSuchChange", {ERR_NOTFOUND, AWS_RETRY_NEVER}},
	{"AccessDeniedException", {ERR_DENIED, AWS_RETRY_NEVER}},
	{"AccessDenied", {ERR_DENIED, AWS_RETRY_NEVER}},
	{"AuthorizationError", {ERR_DENIED, AWS_RETRY_NEVER}},
	{"NotAuthorized", {ERR_DENIED, AWS_RETRY_NEVER}},
	{"ThrottlingException", THROTTLE},
	{"Throttling", THROTTLE},
	{"ThrottledException", THROTTLE},
	{"Throttled", THROTTLE},
	{"ProvisionedThroughputExceededException", THROTTLE},
	{"RequestLimitExceeded", THROTTLE},
	{"LimitExceededException", THROTTLE},
	{"PriorRequestNotComplete", THROTTLE},
	{"TransactionInProgressException", THROTTLE},
	{"TooManyRequestsException", THROTTLE},
	{"RequestThrottledException", THROTTLE},
	{"RequestThrottled", THROTTLE},
	{"BandwidthLimitExceeded", THROTTLE},
	{"SlowDown", THROTTLE},
	{"KMSThrottlingException", THROTTLE},
	{"KMSThrottling", THROTTLE},
	{"EC2ThrottledException", THROTTLE},
	{"InternalServerError", TRANSIENT},
	{"InternalFailure", TRANSIENT},
	{"InternalError", TRANSIENT},
	{"ServiceUnavailable", TRANSIENT},
	{"ServiceUnavailableException", TRANSIENT},
	{"RequestTimeout", TRANSIENT},
	{"RequestTimeoutException", TRANSIENT},
	{"TransactionConflictException", TRANSIENT},
	{"ReplicatedWriteConflictException", TRANSIENT},
	{"ConcurrentModification", TRANSIENT},
	{"IDPCommunicationError", TRANSIENT},
	{"ExpiredToken", CREDENTIALS},
	{"ExpiredTokenException", CREDENTIALS},
	{"UnrecognizedClientException", CREDENTIALS},
	{"InvalidClientTokenId", CREDENTIALS},
	{"InvalidSignatureException", SKEW},
	{"SignatureDoesNotMatch", SKEW},
	{"RequestTimeTooSkewed", SKEW},
	{"RequestExpired", SKEW},
	{"RequestInTheFuture", SKEW},
	{"AuthFailure", SKEW},
	{"MissingAuthenticationToken", {ERR_UNAVAILABLE, AWS_RETRY_NEVER}},
	{"MissingAuthenticationTokenException", {ERR_UNAVAILABLE, AWS_RETRY_NEVER}},
	{"IncompleteSignature", {ERR_UNAVAILABLE, AWS_RETRY_NEVER}},
	{"IncompleteSignatureException", {ERR_UNAVAILABLE, AWS_RETRY_NEVER}},
};

static struct aws_verdict judge_status(long status, bool has_code)
{
	if (status == 429)
		return (struct aws_verdict)THROTTLE;
	if (status == 500 || status == 502 || status == 503 || status == 504)
		return (struct aws_verdict)TRANSIENT;
	if (status >= 500)
		return (struct aws_verdict){ERR_UNAVAILABLE, AWS_RETRY_NEVER};
	/* A 4xx or a redirect without an error document of AWS does not come from AWS. */
	if (status < 400 || !has_code)
		return (struct aws_verdict){ERR_PROTOCOL, AWS_RETRY_NEVER};
	return (struct aws_verdict){ERR_REFUSED, AWS_RETRY_NEVER};
}

struct aws_verdict aws_retry_judge(long status, const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(code, rules[i].code) == 0)
			return rules[i].verdict;
	return judge_status(status, code[0] != '\0');
}

uint32_t aws_retry_delay_ms(uint32_t base_ms, unsigned n_retries, int64_t hint_ms, uint32_t rnd)
{
	uint64_t span = base_ms, delay;
	unsigned i;

	for (i = 0; i < n_retries && span < AWS_RETRY_CAP_MS; i++)
		span *= 2;
	if (span > AWS_RETRY_CAP_MS)
		span = AWS_RETRY_CAP_MS;
	delay = span * rnd >> 32;
	if (hint_ms < 0 || (uint64_t)hint_ms <= delay)
		return (uint32_t)delay;
	if ((uint64_t)hint_ms > delay + AWS_RETRY_HINT_SPAN_MS)
		return (uint32_t)(delay + AWS_RETRY_HINT_SPAN_MS);
	return (uint32_t)hint_ms;
}

void aws_budget_init(struct aws_budget *b)
{
	b->tokens = AWS_RETRY_BUDGET;
}

int aws_budget_cost(enum aws_retry_class retry)
{
	return retry == AWS_RETRY_THROTTLE ? AWS_RETRY_COST_THROTTLE : AWS_RETRY_COST_TRANSIENT;
}

bool aws_budget_take(struct aws_budget *b, int cost)
{
	if (b->tokens < cost)
		return false;
	b->tokens -= cost;
	return true;
}

void aws_budget_give(struct aws_budget *b, int cost)
{
	b->tokens += cost > 0 ? cost : 1;
	if (b->tokens > AWS_RETRY_BUDGET)
		b->tokens = AWS_RETRY_BUDGET;
}

bool aws_skew_learn(int64_t server_s, int64_t signed_s, int64_t local_s, int64_t *ret_offset_s)
{
	int64_t off = server_s - signed_s, offset_s = server_s - local_s;

	if (off > -AWS_SKEW_MIN_S && off < AWS_SKEW_MIN_S)
		return false;
	if (offset_s < -AWS_SKEW_MAX_S || offset_s > AWS_SKEW_MAX_S)
		return false;
	*ret_offset_s = offset_s;
	return true;
}

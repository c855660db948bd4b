/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/outcome.h"

#include <assert.h>

#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"

void aws_outcome_of_call(enum aws_service service, int err)
{
	static const enum metric first[] = {
		[AWS_SERVICE_DYNAMODB] = METRIC_AWS_DYNAMODB_OK,
		[AWS_SERVICE_ROUTE53] = METRIC_AWS_ROUTE53_OK,
		[AWS_SERVICE_STS] = METRIC_AWS_STS_OK,
		[AWS_SERVICE_SNS] = METRIC_AWS_SNS_OK,
	};
	/* In the order of METRIC_AWS_SAMPLES. */
	enum { OK, REFUSED, THROTTLED, DENIED, FAILED };
	unsigned outcome = FAILED;

	assert(first[service] != METRIC_COUNT);
	if (err == 0)
		outcome = OK;
	else if (err == ERR_THROTTLED)
		outcome = THROTTLED;
	else if (err == ERR_DENIED)
		outcome = DENIED;
	else if (err == ERR_REFUSED || err == ERR_CONFLICT || err == ERR_NOTFOUND ||
		 err == ERR_INVAL || err == ERR_EXISTS || err == ERR_LIMIT)
		outcome = REFUSED;
	metric_add((enum metric)(first[service] + outcome), 1);
}

static void set_gauge(const struct aws_breaker *b, enum aws_service service)
{
	static const enum metric gauges[] = {
		[AWS_SERVICE_DYNAMODB] = METRIC_AWS_BREAKER_DYNAMODB,
		[AWS_SERVICE_ROUTE53] = METRIC_AWS_BREAKER_ROUTE53,
		[AWS_SERVICE_STS] = METRIC_AWS_BREAKER_STS,
		[AWS_SERVICE_SNS] = METRIC_AWS_BREAKER_SNS,
	};

	assert(gauges[service] != METRIC_COUNT);
	metric_set(gauges[service], b->is_open);
}

/* Where some of many requests fail, the breaker may open and close with each few: a breaker that
 * opens again within a second is logged when its next probe fails. */
static void log_breaker(struct aws_breaker *b, enum aws_service service, int64_t now_ms)
{
	if (b->is_open == b->is_logged_open ||
	    (b->is_open && !log_may_repeat(&b->next_log_ms, now_ms)))
		return;
	b->is_logged_open = b->is_open;
	if (b->is_open)
		log_warn("%s gave no usable answer to %u requests in a row: it is asked once in a "
			 "while only, until it does",
			 aws_service_title(service), b->limit);
	else
		log_info("%s answers again", aws_service_title(service));
}

void aws_outcome_of_request(struct aws_breaker *b, enum aws_service service, bool is_probe, int err,
			    int64_t now_ms)
{
	bool is_trouble = err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_PROTOCOL;
	uint32_t rnd;

	if (err == ERR_CANCELED || err == ERR_NOMEM) {
		if (is_probe)
			aws_breaker_abandoned(b);
		return;
	}
	rand_bytes(&rnd, sizeof(rnd));
	if (is_trouble ? aws_breaker_failed(b, is_probe, now_ms, rnd) : aws_breaker_succeeded(b))
		set_gauge(b, service);
	log_breaker(b, service, now_ms);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_head.h"

#include <string.h>

static void take_number(struct slice value, uint64_t max, int64_t *ret)
{
	uint64_t number;

	if (str_parse_uint(value, max, &number) == 0)
		*ret = (int64_t)number;
}

static void take_aws_field(void *arg, struct slice name, struct slice value)
{
	struct aws_head *h = arg;
	int64_t crc = -1;

	if (slice_eq_nocase(name, "x-amzn-requestid") ||
	    slice_eq_nocase(name, "x-amz-request-id")) {
		str_copy(h->request_id, sizeof(h->request_id), value);
	} else if (slice_eq_nocase(name, "x-amzn-errortype")) {
		str_copy(h->error_type, sizeof(h->error_type), value);
	} else if (slice_eq_nocase(name, "x-amz-retry-after")) {
		take_number(value, UINT32_MAX, &h->retry_after_ms);
	} else if (slice_eq_nocase(name, "x-amz-crc32")) {
		take_number(value, UINT32_MAX, &crc);
		h->has_crc = crc >= 0;
		h->crc = crc >= 0 ? (uint32_t)crc : 0;
	}
}

static void aws_head_reset(void *arg)
{
	struct aws_head *h = arg;

	memset(h, 0, sizeof(*h));
	h->retry_after_ms = -1;
}

const struct fetch_head_ops aws_head_ops = {
	.size = sizeof(struct aws_head),
	.reset = aws_head_reset,
	.take = take_aws_field,
};

const struct aws_head *aws_head_of(const struct fetch_transfer_reply *reply)
{
	static const struct aws_head none = {.retry_after_ms = -1};

	return reply->head != NULL ? reply->head : &none;
}

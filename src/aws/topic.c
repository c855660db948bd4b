/* SPDX-License-Identifier: BSD-2-Clause
 * The ARN of an SNS topic. */
#include "aws/topic.h"

#include <string.h>

enum { ARN_PARTS = 6, ACCOUNT_LEN = 12, TOPIC_MAX = 256 };

struct arn {
	struct slice part[ARN_PARTS]; /* arn, partition, service, region, account, name */
};

/* A name has no colon: what is left over makes it none. */
static bool topic_split(struct arn *a, struct slice text)
{
	size_t i;

	for (i = 0; i + 1 < ARN_PARTS; i++)
		if (!slice_cut(text, ':', &a->part[i], &text))
			return false;
	a->part[i] = text;
	return true;
}

static bool is_account(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len == ACCOUNT_LEN;
}

/* https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html; ".fifo" is part of a name. */
static bool is_topic(struct slice s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t i;

	for (i = 0; i < s.len; i++)
		if (memchr(letters, s.p[i], sizeof(letters) - 1) == NULL)
			return false;
	return s.len > 0 && s.len <= TOPIC_MAX;
}

int aws_topic_region(const char *arn, char ret[AWS_REGION_SIZE], struct errinfo *ei)
{
	struct slice text = slice_of(arn);
	struct arn a;
	char shown[128];

	if (!topic_split(&a, text) || !slice_eq(a.part[0], "arn") || !slice_eq(a.part[2], "sns") ||
	    !aws_is_region(a.part[3]) || !is_account(a.part[4]) || !is_topic(a.part[5]))
		return err_set(ei, ERR_INVAL,
			       "\"%s\" is not the ARN of an SNS topic: "
			       "arn:aws:sns:REGION:ACCOUNT:NAME",
			       str_printable(shown, sizeof(shown), text));
	if (!slice_eq(a.part[1], aws_partition_name(a.part[3])))
		return err_set(ei, ERR_INVAL, "the region in \"%s\" is not one of its partition",
			       str_printable(shown, sizeof(shown), text));
	return str_copy(ret, AWS_REGION_SIZE, a.part[3]);
}

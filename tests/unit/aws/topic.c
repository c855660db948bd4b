/* SPDX-License-Identifier: BSD-2-Clause
 * The ARN of a topic. */
#include "aws/topic.h"

#include "aws/endpoint.h"
#include "kit/unit.h"

static const struct {
	const char *arn;
	const char *region; /* NULL: refused */
	const char *host;
} topic_rows[] = {
	{"arn:aws:sns:eu-west-1:123456789012:ddns", "eu-west-1", "sns.eu-west-1.amazonaws.com"},
	{"arn:aws:sns:us-east-1:123456789012:ddns.fifo", "us-east-1",
	 "sns.us-east-1.amazonaws.com"},
	{"arn:aws-cn:sns:cn-north-1:123456789012:a-B_9", "cn-north-1",
	 "sns.cn-north-1.amazonaws.com.cn"},
	{"arn:aws-us-gov:sns:us-gov-west-1:123456789012:t", "us-gov-west-1",
	 "sns.us-gov-west-1.amazonaws.com"},
	{"arn:aws-eusc:sns:eusc-de-east-1:123456789012:t", "eusc-de-east-1",
	 "sns.eusc-de-east-1.amazonaws.eu"},
	{"arn:aws:sns:cn-north-1:123456789012:t", NULL, NULL},
	{"arn:aws-cn:sns:eu-west-1:123456789012:t", NULL, NULL},
	{"arn:aws:sqs:eu-west-1:123456789012:t", NULL, NULL},
	{"arn:aws:sns::123456789012:t", NULL, NULL},
	{"arn:aws:sns:evil.example/:123456789012:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:12345678901:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:12345678901x:t", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012:", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012:t:subscription", NULL, NULL},
	{"arn:aws:sns:eu-west-1:123456789012", NULL, NULL},
	{"ARN:aws:sns:eu-west-1:123456789012:t", NULL, NULL},
	{"ddns", NULL, NULL},
	{"", NULL, NULL},
};

START_TEST(a_topic_tells_its_region)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(topic_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		char region[AWS_REGION_SIZE] = "untouched";
		struct aws_endpoint_params params = {.service = AWS_SERVICE_SNS};
		struct aws_endpoint e;
		int err = aws_topic_region(topic_rows[i].arn, region, &ei);

		if (topic_rows[i].region == NULL) {
			ck_assert_msg(err == ERR_INVAL && ei.text[0] != '\0', "row %zu", i);
			ck_assert_str_eq(region, "untouched");
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %s", i, ei.text);
		ck_assert_str_eq(region, topic_rows[i].region);
		params.region = slice_of(region);
		ck_assert_int_eq(aws_endpoint_resolve(&params, &e, &ei), 0);
		ck_assert_str_eq(e.host, topic_rows[i].host);
		ck_assert_str_eq(e.signing_region, topic_rows[i].region);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_topic_tells_its_region,
	};

	return unit_run("topic", tests, N_ELEMENTS(tests));
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The policy that mooringctl doctor prints. */
#include "ctl/policy.h"

#include <string.h>

#include "aws/endpoint.h"
#include "kit/unit.h"

START_TEST(a_policy_has_one_statement_for_each_resource)
{
	json_t *policy = policy_new();
	char *text;

	ck_assert(policy_is_empty(policy));
	policy_allow(policy, "dynamodb:Scan", "arn:t");
	policy_allow(policy, "route53:GetHostedZone", "arn:z");
	policy_allow(policy, "dynamodb:PutItem", "arn:t");
	policy_allow(policy, "dynamodb:Scan", "arn:t");
	ck_assert(!policy_is_empty(policy));
	text = json_dumps(policy, JSON_COMPACT | JSON_PRESERVE_ORDER);
	ck_assert_str_eq(
		text, "{\"Version\":\"2012-10-17\",\"Statement\":["
		      "{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:Scan\",\"dynamodb:PutItem\"],"
		      "\"Resource\":\"arn:t\"},"
		      "{\"Effect\":\"Allow\",\"Action\":[\"route53:GetHostedZone\"],"
		      "\"Resource\":\"arn:z\"}]}");
	free(text);
	json_decref(policy);
	ck_assert(policy_is_empty(NULL));
}
END_TEST

static const struct {
	const char *region;
	const char *account;
	const char *want;
} arn_rows[] = {
	{"eu-west-1", "123456789012", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"},
	{"cn-north-1", "123456789012", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/t"},
	{"us-gov-west-1", "1", "arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/t"},
	{"us-iso-east-1", "1", "arn:aws-iso:dynamodb:us-iso-east-1:1:table/t"},
	{"us-isob-east-1", "1", "arn:aws-iso-b:dynamodb:us-isob-east-1:1:table/t"},
	{"us-isof-south-1", "1", "arn:aws-iso-f:dynamodb:us-isof-south-1:1:table/t"},
	{"eu-isoe-west-1", "1", "arn:aws-iso-e:dynamodb:eu-isoe-west-1:1:table/t"},
	{"eusc-de-east-1", "1", "arn:aws-eusc:dynamodb:eusc-de-east-1:1:table/t"},
	{"", "", "arn:aws:dynamodb:*:*:table/t"},
};

START_TEST(arns_name_partition_region_and_account)
{
	char arn[POLICY_ARN_SIZE];
	size_t i;

	for (i = 0; i < N_ELEMENTS(arn_rows); i++) {
		policy_table_arn(arn, aws_partition_name(slice_of(arn_rows[i].region)),
				 arn_rows[i].region, arn_rows[i].account, "t");
		ck_assert_msg(strcmp(arn, arn_rows[i].want) == 0, "row %zu: %s", i, arn);
	}
	policy_zone_arn(arn, "aws-cn", "/hostedzone/Z1");
	ck_assert_str_eq(arn, "arn:aws-cn:route53:::hostedzone/Z1");
	policy_zone_arn(arn, "", "Z1");
	ck_assert_str_eq(arn, "arn:aws:route53:::hostedzone/Z1");
	policy_changes_arn(arn, "aws-us-gov");
	ck_assert_str_eq(arn, "arn:aws-us-gov:route53:::change/*");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_policy_has_one_statement_for_each_resource,
		arns_name_partition_region_and_account,
	};

	return unit_run("policy", tests, N_ELEMENTS(tests));
}

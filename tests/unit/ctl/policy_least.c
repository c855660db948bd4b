/* SPDX-License-Identifier: BSD-2-Clause
 * The least policies of a configuration. */
#include "ctl/policy_least.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/roleplan.h"
#include "conf/conf.h"
#include "kit/unit.h"

static const struct policy_place place = {"aws", "eu-west-1", "123456789012", false};
static char id_one[] = "Z1", id_two[] = "/hostedzone/Z2", table[] = "t";

#define TABLE  "arn:aws:dynamodb:eu-west-1:123456789012:table/t"
#define CHANGE "route53:ChangeResourceRecordSets"
#define DAEMON_TABLE                                                                               \
	"{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:UpdateItem\","          \
	"\"dynamodb:Scan\",\"dynamodb:DescribeTable\"],\"Resource\":\"" TABLE "\"}"
#define DAEMON_INDEX                                                                               \
	"{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:Query\"],"                                   \
	"\"Resource\":\"" TABLE "/index/owed\"}"
#define DAEMON_ZONE(id, names)                                                                     \
	"{\"Effect\":\"Allow\",\"Action\":[\"" CHANGE "\"],"                                       \
	"\"Resource\":\"arn:aws:route53:::hostedzone/" id "\",\"Condition\":{"                     \
	"\"ForAllValues:StringEquals\":{\"" CHANGE "RecordTypes\":[\"A\",\"AAAA\"],"               \
	"\"" CHANGE "Actions\":[\"UPSERT\",\"DELETE\"]},"                                          \
	"\"ForAllValues:StringLike\":{\"" CHANGE "NormalizedRecordNames\":[" names "]}}}"
#define GET_CHANGE                                                                                 \
	"{\"Effect\":\"Allow\",\"Action\":[\"route53:GetChange\"],"                                \
	"\"Resource\":\"arn:aws:route53:::change/*\"}"
#define TOOL_TABLE                                                                                 \
	"{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:PutItem\",\"dynamodb:DeleteItem\","          \
	"\"dynamodb:DescribeContinuousBackups\"],"                                                 \
	"\"Resource\":\"" TABLE "\"}"
#define TOOL_ZONE(id)                                                                              \
	"{\"Effect\":\"Allow\",\"Action\":[\"route53:ListResourceRecordSets\","                    \
	"\"route53:GetHostedZone\",\"route53:GetHostedZoneLimit\"],"                               \
	"\"Resource\":\"arn:aws:route53:::hostedzone/" id "\"}"

/* A zone's id is NULL for a builtin one. */
struct zone_row {
	const char *name;
	char *id;
};

static const struct {
	const char *what;
	enum conf_store store;
	struct zone_row zones[2];
	const char *daemon;
	const char *tool;
} least_rows[] = {
	{"nothing of AWS", CONF_STORE_SQLITE, {{"a.example", NULL}}, "", ""},
	{"a table and a builtin zone",
	 CONF_STORE_DYNAMODB,
	 {{"a.example", NULL}},
	 DAEMON_TABLE,
	 TOOL_TABLE},
	{"a file and a hosted zone",
	 CONF_STORE_SQLITE,
	 {{"a.example", id_one}},
	 DAEMON_ZONE("Z1", "\"a.example\",\"*.a.example\"") "," GET_CHANGE,
	 TOOL_ZONE("Z1")},
	{"a table and two hosted zones",
	 CONF_STORE_DYNAMODB,
	 {{"a.example", id_one}, {"b_1.example", id_two}},
	 DAEMON_TABLE "," DAEMON_ZONE("Z1", "\"a.example\",\"*.a.example\"") "," DAEMON_ZONE(
		 "Z2", "\"b_1.example\",\"*.b_1.example\"") "," GET_CHANGE,
	 TOOL_TABLE "," TOOL_ZONE("Z1") "," TOOL_ZONE("Z2")},
	{"two zones in one hosted zone",
	 CONF_STORE_SQLITE,
	 {{"a.example", id_one}, {"b.example", id_one}},
	 DAEMON_ZONE("Z1",
		     "\"a.example\",\"*.a.example\",\"b.example\",\"*.b.example\"") "," GET_CHANGE,
	 TOOL_ZONE("Z1")},
	{"a name that has to be escaped",
	 CONF_STORE_SQLITE,
	 {{"*.a?/b.example", id_one}},
	 DAEMON_ZONE("Z1", "\"\\\\052.a\\\\077\\\\057b.example\","
			   "\"*.\\\\052.a\\\\077\\\\057b.example\"") "," GET_CHANGE,
	 TOOL_ZONE("Z1")},
};

static void check_policy(const char *what, json_t *policy, const char *want)
{
	char expected[4096];
	char *text = json_dumps(policy, JSON_COMPACT | JSON_PRESERVE_ORDER);

	snprintf(expected, sizeof(expected), "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}",
		 want);
	ck_assert_msg(strcmp(text, expected) == 0, "%s:\n%s\ninstead of\n%s", what, text, expected);
	free(text);
	json_decref(policy);
}

START_TEST(a_policy_has_what_the_configuration_needs_and_no_more)
{
	size_t i, z;

	for (i = 0; i < N_ELEMENTS(least_rows); i++) {
		struct conf_zone zones[2] = {{.publisher = CONF_PUBLISHER_BUILTIN}};
		struct conf conf = {.zones = zones, .store = {.table = table}};

		conf.store.type = least_rows[i].store;
		for (z = 0; z < 2 && least_rows[i].zones[z].name != NULL; z++) {
			const struct zone_row *row = &least_rows[i].zones[z];

			conf.n_zones++;
			zones[z].name.len = (uint8_t)strlen(row->name);
			memcpy(zones[z].name.text, row->name, zones[z].name.len + 1u);
			zones[z].hosted_zone_id = row->id;
			zones[z].publisher =
				row->id != NULL ? CONF_PUBLISHER_ROUTE53 : CONF_PUBLISHER_BUILTIN;
		}
		check_policy(least_rows[i].what, policy_of_daemon(&conf, &place),
			     least_rows[i].daemon);
		check_policy(least_rows[i].what, policy_of_tool(&conf, &place), least_rows[i].tool);
	}
}
END_TEST

START_TEST(a_table_with_the_index_may_be_asked_what_is_owed)
{
	struct policy_place with = place;
	struct conf conf = {.store = {.type = CONF_STORE_DYNAMODB, .table = table}};

	with.has_owed_index = true;
	check_policy("with", policy_of_daemon(&conf, &with), DAEMON_TABLE "," DAEMON_INDEX);
	check_policy("without", policy_of_daemon(&conf, &place), DAEMON_TABLE);
	conf.store.type = CONF_STORE_SQLITE;
	check_policy("no table", policy_of_daemon(&conf, &with), "");
}
END_TEST

#define ASSUME(arn)                                                                                \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","                        \
	"\"Action\":[\"sts:AssumeRole\"],\"Resource\":\"" arn "\"}]}"

static const struct {
	enum aws_role_base base;
	const char *roles[2];
	const char *want;
} role_rows[] = {
	{AWS_BASE_KEYS, {NULL}, "[]"},
	{AWS_BASE_KEYS,
	 {"arn:r1"},
	 "[{\"of\":\"the keys of profile x\",\"policy\":" ASSUME("arn:r1") "}]"},
	{AWS_BASE_IMDS,
	 {"arn:r1", "arn:r2"},
	 "[{\"of\":\"the role of the instance\",\"policy\":" ASSUME(
		 "arn:r1") "},"
			   "{\"of\":\"the role arn:r1\",\"policy\":" ASSUME("arn:r2") "}]"},
	{AWS_BASE_ENVIRONMENT,
	 {"arn:r1"},
	 "[{\"of\":\"the keys of the environment\",\"policy\":" ASSUME("arn:r1") "}]"},
	{AWS_BASE_CONTAINER,
	 {"arn:r1"},
	 "[{\"of\":\"the role of the container\",\"policy\":" ASSUME("arn:r1") "}]"},
	{AWS_BASE_PROCESS,
	 {"arn:r1"},
	 "[{\"of\":\"the keys of the credential_process of profile y\",\"policy\":" ASSUME(
		 "arn:r1") "}]"},
	{AWS_BASE_WEB_IDENTITY, {"arn:r1"}, "[]"},
	{AWS_BASE_WEB_IDENTITY,
	 {"arn:r1", "arn:r2"},
	 "[{\"of\":\"the role arn:r1\",\"policy\":" ASSUME("arn:r2") "}]"},
};

START_TEST(a_topic_may_be_published_to)
{
	static char one[] = "arn:aws:sns:eu-west-1:1:a", two[] = "arn:aws-cn:sns:cn-north-1:1:b";
	struct conf conf = {
		.n_notifies = 3,
		.notifies = {{.type = CONF_NOTIFY_SNS, .topic = one},
			     {.type = CONF_NOTIFY_WEBHOOK},
			     {.type = CONF_NOTIFY_SNS, .topic = two}},
	};

	check_policy("topics", policy_of_daemon(&conf, &place),
		     "{\"Effect\":\"Allow\",\"Action\":[\"sns:Publish\"],\"Resource\":"
		     "\"arn:aws:sns:eu-west-1:1:a\"},{\"Effect\":\"Allow\",\"Action\":"
		     "[\"sns:Publish\"],\"Resource\":\"arn:aws-cn:sns:cn-north-1:1:b\"}");
	check_policy("topics", policy_of_tool(&conf, &place), "");
}
END_TEST

START_TEST(each_role_but_that_of_a_token_is_assumed_by_permission)
{
	size_t i, r;

	for (i = 0; i < N_ELEMENTS(role_rows); i++) {
		struct aws_roleplan plan = {
			.base = role_rows[i].base, .origin = "profile x", .profile = slice_of("y")};
		json_t *policies;
		char *text;

		for (r = 0; r < 2 && role_rows[i].roles[r] != NULL; r++)
			plan.roles[plan.n_roles++].arn = slice_of(role_rows[i].roles[r]);
		policies = policies_of_roles(&plan);
		text = json_dumps(policies, JSON_COMPACT | JSON_PRESERVE_ORDER);
		ck_assert_msg(strcmp(text, role_rows[i].want) == 0, "row %zu: %s", i, text);
		free(text);
		json_decref(policies);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_policy_has_what_the_configuration_needs_and_no_more,
		a_table_with_the_index_may_be_asked_what_is_owed,
		a_topic_may_be_published_to,
		each_role_but_that_of_a_token_is_assumed_by_permission,
	};

	return unit_run("policy_least", tests, N_ELEMENTS(tests));
}

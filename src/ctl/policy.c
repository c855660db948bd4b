/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/policy.h"

#include <stdio.h>
#include <string.h>

json_t *policy_new(void)
{
	return json_pack("{s:s, s:[]}", "Version", "2012-10-17", "Statement");
}

static json_t *find_statement(json_t *statements, const char *resource)
{
	json_t *statement;
	size_t i;

	json_array_foreach(statements, i, statement)
	{
		if (strcmp(json_string_value(json_object_get(statement, "Resource")), resource) ==
		    0)
			return statement;
	}
	statement =
		json_pack("{s:s, s:[], s:s}", "Effect", "Allow", "Action", "Resource", resource);
	json_array_append_new(statements, statement);
	return statement;
}

void policy_allow(json_t *policy, const char *action, const char *resource)
{
	json_t *statement = find_statement(json_object_get(policy, "Statement"), resource);
	json_t *actions = json_object_get(statement, "Action"), *there;
	size_t i;

	json_array_foreach(actions, i, there)
	{
		if (strcmp(json_string_value(there), action) == 0)
			return;
	}
	json_array_append_new(actions, json_string(action));
}

bool policy_is_empty(const json_t *policy)
{
	return json_array_size(json_object_get(policy, "Statement")) == 0;
}

static const char *or_else(const char *text, const char *otherwise)
{
	return text[0] != '\0' ? text : otherwise;
}

void policy_table_arn(char out[POLICY_ARN_SIZE], const char *partition, const char *region,
		      const char *account, const char *table)
{
	snprintf(out, POLICY_ARN_SIZE, "arn:%s:dynamodb:%s:%s:table/%s", or_else(partition, "aws"),
		 or_else(region, "*"), or_else(account, "*"), table);
}

void policy_zone_arn(char out[POLICY_ARN_SIZE], const char *partition, const char *id)
{
	const char *slash = strrchr(id, '/');

	snprintf(out, POLICY_ARN_SIZE, "arn:%s:route53:::hostedzone/%s", or_else(partition, "aws"),
		 slash != NULL ? slash + 1 : id);
}

void policy_changes_arn(char out[POLICY_ARN_SIZE], const char *partition)
{
	snprintf(out, POLICY_ARN_SIZE, "arn:%s:route53:::change/*", or_else(partition, "aws"));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/policy.h"

#include <stdio.h>
#include <string.h>

#include "net/fqdn.h"

json_t *policy_new(void)
{
	return json_pack("{s:s, s:[]}", "Version", "2012-10-17", "Statement");
}

static bool is_statement_of(const json_t *statement, const char *resource, bool is_conditional)
{
	const json_t *condition = json_object_get(statement, "Condition");

	return (condition != NULL) == is_conditional &&
	       strcmp(json_string_value(json_object_get(statement, "Resource")), resource) == 0;
}

/* The statement about resource, with a condition or without one; a new one when there is none. */
static json_t *find_statement(json_t *statements, const char *resource, bool is_conditional)
{
	json_t *statement;
	size_t i;

	json_array_foreach(statements, i, statement) {
		if (is_statement_of(statement, resource, is_conditional))
			return statement;
	}
	statement =
		json_pack("{s:s, s:[], s:s}", "Effect", "Allow", "Action", "Resource", resource);
	json_array_append_new(statements, statement);
	return statement;
}

void policy_allow(json_t *policy, const char *action, const char *resource)
{
	json_t *statement = find_statement(json_object_get(policy, "Statement"), resource, false);
	json_t *actions = json_object_get(statement, "Action"), *there;
	size_t i;

	json_array_foreach(actions, i, there) {
		if (strcmp(json_string_value(there), action) == 0)
			return;
	}
	json_array_append_new(actions, json_string(action));
}

/* Appends name as the conditions of Route 53 compare it: in lower case, without its final dot,
 * everything but a-z, 0-9, hyphens, underscores and the dots between labels as octal escapes.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html */
static void add_name(json_t *names, const char *before, const struct fqdn *name)
{
	char text[4 * FQDN_TEXT_MAX + 8];
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", before);
	const char *c;

	for (c = name->text; *c != '\0'; c++) {
		bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
				strchr("-_.", *c) != NULL;

		at += (size_t)snprintf(text + at, sizeof(text) - at, is_plain ? "%c" : "\\%03o",
				       (unsigned char)*c);
	}
	json_array_append_new(names, json_string(text));
}

#define CHANGED "route53:ChangeResourceRecordSets"

void policy_allow_records(json_t *policy, const char *zone_arn, const struct fqdn *zone)
{
	json_t *statement = find_statement(json_object_get(policy, "Statement"), zone_arn, true);
	json_t *names = json_object_get(
		json_object_get(json_object_get(statement, "Condition"), "ForAllValues:StringLike"),
		CHANGED "NormalizedRecordNames");

	if (names == NULL) {
		names = json_array();
		json_array_append_new(json_object_get(statement, "Action"), json_string(CHANGED));
		json_object_set_new(statement, "Condition",
				    json_pack("{s:{s:[s, s], s:[s, s]}, s:{s:o}}",
					      "ForAllValues:StringEquals", CHANGED "RecordTypes",
					      "A", "AAAA", CHANGED "Actions", "UPSERT", "DELETE",
					      "ForAllValues:StringLike",
					      CHANGED "NormalizedRecordNames", names));
	}
	add_name(names, "", zone);
	add_name(names, "*.", zone);
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

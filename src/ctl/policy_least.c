/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/policy_least.h"

#include <stdio.h>

#include "aws/roleplan.h"
#include "conf/conf.h"
#include "ctl/permission.h"
#include "ctl/policy.h"
#include "store/item_owed.h"

enum { ACTIONS_MAX = 4 };

/* Actions on the table, or on a hosted zone; the names of those that a check of "doctor" proves are
 * in ctl/permission.c. */
struct actions {
	size_t n;
	const char *at[ACTIONS_MAX];
};

static void allow_on_table(json_t *policy, const struct conf *conf,
			   const struct policy_place *place, const struct actions *actions)
{
	char arn[POLICY_ARN_SIZE];
	size_t i;

	if (conf->store.type != CONF_STORE_DYNAMODB)
		return;
	policy_table_arn(arn, place->partition, place->region, place->account, conf->store.table);
	for (i = 0; i < actions->n; i++)
		policy_allow(policy, actions->at[i], arn);
}

static void allow_on_index(json_t *policy, const struct conf *conf,
			   const struct policy_place *place)
{
	char table[POLICY_ARN_SIZE], arn[POLICY_ARN_SIZE + sizeof("/index/" ITEM_OWED_INDEX)];

	if (conf->store.type != CONF_STORE_DYNAMODB || !place->has_owed_index)
		return;
	policy_table_arn(table, place->partition, place->region, place->account, conf->store.table);
	snprintf(arn, sizeof(arn), "%s/index/" ITEM_OWED_INDEX, table);
	policy_allow(policy, ACTION_QUERY_OWED, arn);
}

static void allow_topics(json_t *policy, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_notifies; i++)
		if (conf->notifies[i].type == CONF_NOTIFY_SNS)
			policy_allow(policy, "sns:Publish", conf->notifies[i].topic);
}

json_t *policy_of_daemon(const struct conf *conf, const struct policy_place *place)
{
	const struct actions on_table = {4,
					 {permission_info(PERMISSION_GET_ITEM)->action,
					  permission_info(PERMISSION_UPDATE_ITEM)->action,
					  permission_info(PERMISSION_SCAN)->action,
					  ACTION_DESCRIBE_TABLE}};
	json_t *policy = policy_new();
	char arn[POLICY_ARN_SIZE];
	size_t i, n = 0;

	allow_on_table(policy, conf, place, &on_table);
	allow_on_index(policy, conf, place);
	for (i = 0; i < conf->n_zones; i++) {
		const struct conf_zone *zone = &conf->zones[i];

		if (zone->publisher != CONF_PUBLISHER_ROUTE53)
			continue;
		policy_zone_arn(arn, place->partition, zone->hosted_zone_id);
		policy_allow_records(policy, arn, &zone->name);
		n++;
	}
	if (n > 0) {
		policy_changes_arn(arn, place->partition);
		policy_allow(policy, permission_info(PERMISSION_GET_CHANGE)->action, arn);
	}
	allow_topics(policy, conf);
	return policy;
}

json_t *policy_of_tool(const struct conf *conf, const struct policy_place *place)
{
	const struct actions on_table = {3,
					 {permission_info(PERMISSION_PUT_ITEM)->action,
					  permission_info(PERMISSION_DELETE_ITEM)->action,
					  ACTION_DESCRIBE_BACKUPS}};
	const struct actions on_zone = {3,
					{permission_info(PERMISSION_LIST)->action,
					 permission_info(PERMISSION_GET_ZONE)->action,
					 ACTION_ZONE_LIMIT}};
	json_t *policy = policy_new();
	char arn[POLICY_ARN_SIZE];
	size_t i, a;

	allow_on_table(policy, conf, place, &on_table);
	for (i = 0; i < conf->n_zones; i++) {
		if (conf->zones[i].publisher != CONF_PUBLISHER_ROUTE53)
			continue;
		policy_zone_arn(arn, place->partition, conf->zones[i].hosted_zone_id);
		for (a = 0; a < on_zone.n; a++)
			policy_allow(policy, on_zone.at[a], arn);
	}
	return policy;
}

/* Whose policy has to let role i be assumed. */
static void name_owner(const struct aws_roleplan *plan, size_t i, char out[POLICY_ARN_SIZE])
{
	char arn[POLICY_ARN_SIZE - 16];

	if (i > 0)
		snprintf(out, POLICY_ARN_SIZE, "the role %s",
			 str_printable(arn, sizeof(arn), plan->roles[i - 1].arn));
	else if (plan->base == AWS_BASE_ENVIRONMENT)
		snprintf(out, POLICY_ARN_SIZE, "the keys of the environment");
	else if (plan->base == AWS_BASE_CONTAINER)
		snprintf(out, POLICY_ARN_SIZE, "the role of the container");
	else if (plan->base == AWS_BASE_IMDS)
		snprintf(out, POLICY_ARN_SIZE, "the role of the instance");
	else if (plan->base == AWS_BASE_PROCESS)
		snprintf(out, POLICY_ARN_SIZE, "the keys of the credential_process of profile %s",
			 str_printable(arn, sizeof(arn), plan->profile));
	else
		snprintf(out, POLICY_ARN_SIZE, "the keys of %s", plan->origin);
}

json_t *policies_of_roles(const struct aws_roleplan *plan)
{
	json_t *list = json_array();
	char of[POLICY_ARN_SIZE], arn[POLICY_ARN_SIZE];
	size_t i;

	/* A token is no identity with a policy: that role's trust policy decides. */
	for (i = plan->base == AWS_BASE_WEB_IDENTITY ? 1 : 0; i < plan->n_roles; i++) {
		json_t *policy = policy_new();

		name_owner(plan, i, of);
		policy_allow(policy, "sts:AssumeRole",
			     str_printable(arn, sizeof(arn), plan->roles[i].arn));
		json_array_append_new(list, json_pack("{s:s, s:o}", "of", of, "policy", policy));
	}
	return list;
}

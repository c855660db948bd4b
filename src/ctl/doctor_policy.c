/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/aws_dynamodb.h"
#include "aws/env.h"
#include "aws/profile_load.h"
#include "aws/roleplan.h"
#include "conf/conf.h"
#include "ctl/capacity.h"
#include "ctl/doctor_aws.h"
#include "ctl/doctor_call.h"
#include "ctl/permission.h"
#include "ctl/policy.h"
#include "ctl/policy_least.h"
#include "ctl/print.h"
#include "ctl/say.h"

extern char **environ;

/* What is printed; the policies are NULL where nothing is needed. */
struct least {
	json_t *daemon;
	json_t *tool;
	json_t *roles;
	char note[ERR_TEXT_MAX]; /* "", or what is not known */
};

/* Opens what names region, partition and endpoint. An SQLite store is not opened: that would make
 * it, and it has no policy. */
static int policy_open(struct doctor *d, const struct ctl_args *args, struct errinfo *ei)
{
	int err = session_load(&d->s, args, ei);

	if (err == 0 && d->s.conf->store.type == CONF_STORE_DYNAMODB)
		err = session_open_store(&d->s, ei);
	return err == 0 ? session_open_zones(&d->s, ei) : err;
}

/* Whether the daemon's keys are those of a profile: as the search of aws/chain.c ends. */
static bool uses_profile(const struct conf *conf, const char *const *env)
{
	if (conf->credentials != CONF_CREDENTIALS_AUTO)
		return conf->credentials == CONF_CREDENTIALS_PROFILE;
	if (aws_env_get(env, "AWS_ACCESS_KEY_ID").len > 0)
		return false;
	return aws_profile_find_variable(env) != NULL ||
	       aws_env_get(env, "AWS_WEB_IDENTITY_TOKEN_FILE").len == 0;
}

/* The account in "arn:aws:iam::ACCOUNT:role/NAME". */
static void take_account(struct slice arn, char out[AWS_ACCOUNT_SIZE])
{
	struct slice field = {arn.p, 0};
	unsigned n = 0;
	size_t i;

	for (i = 0; i < arn.len && n < 5; i++) {
		if (arn.p[i] != ':')
			continue;
		if (++n == 4)
			field.p = arn.p + i + 1;
		else if (n == 5)
			field.len = (size_t)(arn.p + i - field.p);
	}
	str_copy(out, AWS_ACCOUNT_SIZE, field);
}

/* The roles of the profile in use, and the account of the last one into account unless that is
 * known: the policies are made before the role can be assumed. */
static json_t *find_roles(const struct conf *conf, char account[AWS_ACCOUNT_SIZE])
{
	const char *const *env = (const char *const *)environ;
	struct errinfo ei = ERRINFO_INIT;
	struct aws_profiles *profiles = NULL;
	struct aws_roleplan plan = {.n_roles = 0};
	json_t *roles = NULL;

	if (uses_profile(conf, env) && aws_profiles_load(env, &profiles, &ei) == 0 &&
	    aws_roleplan_make(profiles, aws_profile_find_name(env), &plan, &ei) == 0 &&
	    plan.n_roles > 0) {
		roles = policies_of_roles(&plan);
		if (account[0] == '\0')
			take_account(plan.roles[plan.n_roles - 1].arn, account);
	}
	aws_profiles_free(profiles);
	return roles != NULL ? roles : json_array();
}

static json_t *drop_empty(json_t *policy)
{
	if (!policy_is_empty(policy))
		return policy;
	json_decref(policy);
	return NULL;
}

/* Not where that cannot be told: the policy is the least. */
static bool has_owed_index(struct doctor *d)
{
	struct doctor_call call = {.was_asked = false};
	struct capacity_table table;
	json_t *reply;
	bool found;

	if (d->s.conf->store.type != CONF_STORE_DYNAMODB)
		return false;
	reply = doctor_call_describe(&d->s, ACTION_DESCRIBE_TABLE, &call);
	found = capacity_read_table(reply, &table) && table.has_owed_index;
	json_decref(reply);
	return found;
}

static void find_least(struct doctor *d, struct least *least)
{
	const struct aws_dynamodb *db = d->s.backends.dynamodb;
	struct policy_place place = {.region = db != NULL ? aws_dynamodb_region(db) : ""};

	if (d->s.backends.aws != NULL) {
		int err = doctor_ask_identity(d);

		least->roles = find_roles(d->s.conf, d->caller.account);
		if (d->caller.account[0] == '\0' && db != NULL)
			snprintf(least->note, sizeof(least->note),
				 "the account is not known, and a \"*\" stands for it: %.240s",
				 err != 0 ? d->creds_why.text : d->who.text);
	}
	if (place.region[0] == '\0' && d->creds != NULL && d->creds->region != NULL)
		place.region = d->creds->region;
	place.partition = doctor_partition(d);
	place.account = d->caller.account;
	place.has_owed_index = d->creds != NULL && has_owed_index(d);
	least->daemon = drop_empty(policy_of_daemon(d->s.conf, &place));
	least->tool = drop_empty(policy_of_tool(d->s.conf, &place));
}

static void print_policy(const json_t *policy)
{
	char *text = json_dumps(policy, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

	printf("%s\n", text != NULL ? text : "(out of memory)");
	free(text);
}

static void print_least(const struct least *least)
{
	json_t *role;
	size_t i;

	if (least->daemon == NULL) {
		puts("this configuration needs nothing of AWS, and so no policy");
		return;
	}
	if (least->note[0] != '\0')
		printf("note: %s\n", least->note);
	puts("policy of mooringd, all that it needs with this configuration:");
	print_policy(least->daemon);
	if (least->tool != NULL) { /* topics are the daemon's alone */
		puts("optional, for mooringctl alone (user add and remove, verify, doctor), beside "
		     "the one above:");
		print_policy(least->tool);
	}
	json_array_foreach(least->roles, i, role) {
		printf("policy of %s, which mooringd assumes a role with:\n",
		       json_string_value(json_object_get(role, "of")));
		print_policy(json_object_get(role, "policy"));
	}
}

static json_t *or_null(json_t *value)
{
	return value != NULL ? value : json_null();
}

int doctor_print_policy(struct doctor *d, const struct ctl_args *args)
{
	struct errinfo ei = ERRINFO_INIT;
	struct least least = {.note = ""};

	if (policy_open(d, args, &ei) != 0)
		return ctl_fail("%s", ei.text);
	find_least(d, &least);
	if (args->json) {
		print_json(json_pack("{s:o, s:o, s:o, s:s}", "mooringd", or_null(least.daemon),
				     "mooringctl", or_null(least.tool), "roles",
				     least.roles != NULL ? least.roles : json_array(), "note",
				     least.note));
		return CTL_OK;
	}
	print_least(&least);
	json_decref(least.daemon);
	json_decref(least.tool);
	json_decref(least.roles);
	return CTL_OK;
}

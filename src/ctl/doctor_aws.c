/* SPDX-License-Identifier: BSD-2-Clause
 * The credentials, the clock and the table. */
#include "ctl/doctor_aws.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/client.h"
#include "aws/aws_dynamodb.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "conf/conf.h"
#include "ctl/doctor_accounts.h"
#include "ctl/doctor_limits.h"
#include "ctl/policy.h"

/* AWS refuses signatures that are five minutes off. */
enum { CLOCK_WARN_S = 60, CLOCK_FAIL_S = AWS_SKEW_MIN_S };

/* ---- asking ---- */

/* Whether the service answered, so that further questions to it are worth while. */
static bool goes_on(const struct doctor_call *call)
{
	return call->was_asked &&
	       (call->err == 0 || call->err == ERR_DENIED || call->err == ERR_THROTTLED);
}

static void ask_table(struct doctor *d)
{
	size_t p;

	doctor_call_table(&d->s, PERMISSION_GET_ITEM, &d->table[PERMISSION_GET_ITEM]);
	for (p = PERMISSION_SCAN; p < PERMISSIONS_OF_TABLE; p++)
		if (goes_on(&d->table[PERMISSION_GET_ITEM]))
			doctor_call_table(&d->s, (enum permission)p, &d->table[p]);
}

static void ask_zone(struct doctor *d, size_t i)
{
	const struct backend_zone *zone = &d->s.backends.zones[i];
	struct doctor_zone *z = &d->zones[i];
	const struct doctor_call *first = &z->calls[PERMISSION_CHANGE];

	doctor_call_change(&d->s, zone, &z->calls[PERMISSION_CHANGE]);
	if (!goes_on(first) && first->err != ERR_REFUSED)
		return;
	doctor_call_zone(&d->s, zone, &z->found, &z->calls[PERMISSION_GET_ZONE]);
	doctor_call_list(&d->s, zone, &z->calls[PERMISSION_LIST]);
	doctor_call_get_change(&d->s, zone, &z->calls[PERMISSION_GET_CHANGE]);
}

/* The client of the first Route 53 zone; NULL without one. */
static const struct aws_route53 *any_route53(const struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->s.backends.n_zones; i++)
		if (d->s.backends.zones[i].route53 != NULL)
			return d->s.backends.zones[i].route53;
	return NULL;
}

static void ask_caller(struct doctor *d)
{
	const struct aws_dynamodb *db = d->s.backends.dynamodb;
	const struct aws_route53 *r = any_route53(d);
	const char *region = db != NULL ? aws_dynamodb_region(db) : "";

	doctor_call_caller(&d->s, region[0] != '\0' ? region : NULL,
			   r != NULL ? aws_route53_region(r) : NULL, &d->caller, &d->who);
}

int doctor_ask_identity(struct doctor *d)
{
	int err = doctor_call_credentials(&d->s, &d->creds, &d->creds_why);

	if (err == 0)
		ask_caller(d);
	return err;
}

static void ask_all(struct doctor *d)
{
	size_t i;

	if (doctor_ask_identity(d) != 0)
		return;
	if (d->s.backends.store != NULL && d->s.backends.dynamodb != NULL)
		ask_table(d);
	for (i = 0; i < d->s.backends.n_zones; i++)
		if (d->s.backends.zones[i].route53 != NULL)
			ask_zone(d, i);
}

/* ---- whose keys, and what time it is ---- */

/* Whether a service other than STS has taken the signature. */
static bool is_accepted_elsewhere(const struct doctor *d)
{
	const struct doctor_call *first = &d->table[PERMISSION_GET_ITEM];
	size_t i;

	if (first->was_asked && permission_is_signed_in(first->err))
		return true;
	for (i = 0; i < d->s.backends.n_zones; i++) {
		first = &d->zones[i].calls[PERMISSION_CHANGE];
		if (first->was_asked && permission_is_signed_in(first->err))
			return true;
	}
	return false;
}

static const char *format_end(const struct aws_credentials *creds, char out[48])
{
	time_t end = (time_t)creds->expires_s;
	struct tm tm;

	if (end == 0)
		return "";
	if (gmtime_r(&end, &tm) == NULL ||
	    strftime(out, 48, ", until %Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return ", until nobody knows when";
	return out;
}

static void report_credentials(struct doctor *d)
{
	char end[48], arn[AWS_ARN_SIZE];
	const char *until;

	if (d->creds == NULL) {
		report_add(&d->report, REPORT_FAIL, "credentials", "%s", d->creds_why.text);
		return;
	}
	until = format_end(d->creds, end);
	if (d->who.err == 0)
		report_add(&d->report, REPORT_OK, "credentials",
			   "key %s from %s is %s of account %s%s", d->creds->key_id,
			   d->creds->origin,
			   str_printable(arn, sizeof(arn), slice_of(d->caller.arn)),
			   d->caller.account, until);
	else if (is_accepted_elsewhere(d))
		report_add(&d->report, REPORT_WARN, "credentials",
			   "key %s from %s is accepted%s; whose it is was not told: %s",
			   d->creds->key_id, d->creds->origin, until, d->who.text);
	else
		report_add(&d->report, REPORT_FAIL, "credentials",
			   "no service has accepted key %s from %s: %s", d->creds->key_id,
			   d->creds->origin, d->who.text);
}

static void report_clock(struct doctor *d)
{
	enum report_result result = REPORT_OK;
	int64_t gap_s, size_s;

	if (!aws_client_clock_gap(d->s.backends.aws, &gap_s)) {
		report_add(&d->report, REPORT_WARN, "clock",
			   "not compared: no reply told the time");
		return;
	}
	size_s = gap_s < 0 ? -gap_s : gap_s;
	if (size_s >= CLOCK_FAIL_S)
		result = REPORT_FAIL;
	else if (size_s >= CLOCK_WARN_S)
		result = REPORT_WARN;
	report_add(&d->report, result, "clock", "%" PRId64 " second%s %s the clock of AWS%s",
		   size_s, size_s == 1 ? "" : "s", gap_s < 0 ? "ahead of" : "behind",
		   result == REPORT_OK ? ""
				       : ": set it right, signatures that are 300 off are refused");
}

void doctor_check_aws(struct doctor *d)
{
	ask_all(d);
	report_credentials(d);
	report_clock(d);
}

/* ---- permissions ---- */

const char *doctor_partition(const struct doctor *d)
{
	const struct aws_dynamodb *db = d->s.backends.dynamodb;
	const struct aws_route53 *r = any_route53(d);

	if (db == NULL && r == NULL)
		return "";
	return aws_partition_name(
		slice_of(db != NULL ? aws_dynamodb_region(db) : aws_route53_region(r)));
}

static void format_resource(const struct doctor *d, enum permission p,
			    const struct backend_zone *zone, char out[POLICY_ARN_SIZE])
{
	if (p <= PERMISSION_DELETE_ITEM) {
		policy_table_arn(out, doctor_partition(d),
				 aws_dynamodb_region(d->s.backends.dynamodb), d->caller.account,
				 d->s.conf->store.table);
	} else if (p == PERMISSION_GET_CHANGE) {
		policy_changes_arn(out, doctor_partition(d));
	} else {
		assert(zone != NULL);
		policy_zone_arn(out, doctor_partition(d), zone->conf->hosted_zone_id);
	}
}

static bool has_builtin_zone(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_zones; i++)
		if (conf->zones[i].publisher == CONF_PUBLISHER_BUILTIN)
			return true;
	return false;
}

void doctor_report_permission(struct doctor *d, enum permission p, const struct doctor_call *call,
			      const struct backend_zone *zone)
{
	const struct permission_info *info = permission_info(p);
	/* A builtin zone is loaded by listing the whole store. */
	bool is_filling = p == PERMISSION_SCAN && has_builtin_zone(d->s.conf);
	bool is_required = info->is_required || is_filling;
	char check[FQDN_TEXT_MAX + 64], resource[POLICY_ARN_SIZE];

	snprintf(check, sizeof(check), "%s%s%s", info->action, zone != NULL ? " " : "",
		 zone != NULL ? zone->conf->name.text : "");
	switch (permission_judge(p, call->err, call->code)) {
	case PERMISSION_GIVEN:
		if (info->proof != NULL && call->err == 0)
			report_add(&d->report, REPORT_WARN, check,
				   "allowed, but what answers has accepted what AWS refuses");
		else
			report_add(&d->report, REPORT_OK, check, "allowed");
		break;
	case PERMISSION_MISSING:
		report_add(&d->report, is_required ? REPORT_FAIL : REPORT_WARN, check, "denied: %s",
			   is_filling ? "the builtin zone cannot be filled" : info->lost);
		format_resource(d, p, zone, resource);
		policy_allow(is_required ? d->required : d->optional, info->action, resource);
		break;
	case PERMISSION_UNKNOWN:
		report_add(&d->report, is_required ? doctor_result_of(call->err) : REPORT_WARN,
			   check, "not proven: %s", call->text);
		break;
	}
}

/* ---- the table ---- */

static void report_table(struct doctor *d)
{
	const char *table = d->s.conf->store.table;
	const char *region = aws_dynamodb_region(d->s.backends.dynamodb);
	const struct doctor_call *get = &d->table[PERMISSION_GET_ITEM];

	if (!get->was_asked)
		report_add(&d->report, REPORT_WARN, "table", "not asked: there are no credentials");
	else if (get->err == 0)
		report_add(&d->report, REPORT_OK, "table", "%s in %s has the key \"user\"", table,
			   region);
	else if (get->err == ERR_DENIED)
		report_add(&d->report, REPORT_WARN, "table",
			   "not proven: %s in %s may not be read with GetItem", table, region);
	else if (get->err == ERR_NOTFOUND)
		report_add(&d->report, REPORT_FAIL, "table", "there is no table %s in %s", table,
			   region);
	else if (strcmp(get->code, "ValidationException") == 0)
		report_add(&d->report, REPORT_FAIL, "table",
			   "the key of %s in %s must be \"user\" alone, a string: %s", table,
			   region, get->message);
	else
		report_add(&d->report, doctor_result_of(get->err), "table", "%s", get->text);
}

void doctor_check_table(struct doctor *d)
{
	const struct doctor_call *scan = &d->table[PERMISSION_SCAN];
	size_t p;

	report_table(d);
	if (!goes_on(&d->table[PERMISSION_GET_ITEM]))
		return;
	for (p = 0; p < PERMISSIONS_OF_TABLE; p++)
		doctor_report_permission(d, (enum permission)p, &d->table[p], NULL);
	if (scan->was_asked && scan->err == 0)
		doctor_check_accounts(d);
	if (d->table[PERMISSION_GET_ITEM].err == 0 ||
	    d->table[PERMISSION_GET_ITEM].err == ERR_DENIED)
		doctor_check_limits_of_table(d);
}

void doctor_forget_keys(struct doctor *d)
{
	aws_credentials_unref(d->creds);
	d->creds = NULL;
}

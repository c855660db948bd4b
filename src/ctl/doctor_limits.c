/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_limits.h"

#include <stdio.h>
#include <string.h>

#include "aws/aws_dynamodb.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/capacity.h"
#include "ctl/permission.h"

/* A zone's quota, unless it was raised.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html */
enum { ZONE_SETS_MAX = 10000 };

static void note(struct doctor *d, const char *check, const char *action,
		 const struct doctor_call *call)
{
	if (call->err == ERR_DENIED)
		report_add(&d->report, REPORT_NOTE, check, "not known: %s is denied", action);
	else
		report_add(&d->report, REPORT_NOTE, check, "not known: %s",
			   call->text[0] != '\0' ? call->text : "the reply tells nothing of it");
}

static void check_capacity(struct doctor *d)
{
	const char *region = aws_dynamodb_region(d->s.backends.dynamodb);
	struct doctor_call call = {.was_asked = false};
	struct capacity_table t;
	json_t *reply = doctor_call_describe(&d->s, ACTION_DESCRIBE_TABLE, &call);
	enum report_result result;
	struct buf detail;

	if (reply == NULL || !capacity_read_table(reply, &t)) {
		note(d, "capacity", ACTION_DESCRIBE_TABLE, &call);
	} else {
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = capacity_judge_table(&t, d->n_accounts > 0 ? d->n_accounts : t.n_items,
					      d->s.conf->store.table, region, &detail);
		report_add(&d->report, result, "capacity", "%s", buf_str(&detail));
		buf_fini(&detail);
	}
	json_decref(reply);
}

static void check_recovery(struct doctor *d)
{
	const char *region = aws_dynamodb_region(d->s.backends.dynamodb);
	struct doctor_call call = {.was_asked = false};
	json_t *reply = doctor_call_describe(&d->s, ACTION_DESCRIBE_BACKUPS, &call);
	enum report_result result;
	struct buf detail;
	bool is_on;

	if (reply == NULL || !capacity_read_recovery(reply, &is_on)) {
		note(d, "recovery", ACTION_DESCRIBE_BACKUPS, &call);
	} else {
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = capacity_judge_recovery(is_on, d->s.conf->store.table, region, &detail);
		report_add(&d->report, result, "recovery", "%s", buf_str(&detail));
		buf_fini(&detail);
	}
	json_decref(reply);
}

void doctor_check_limits_of_table(struct doctor *d)
{
	check_capacity(d);
	check_recovery(d);
}

/* Without the permission the count of GetHostedZone is compared with the quota that zones have
 * unless it was raised. */
void doctor_check_limits_of_zone(struct doctor *d, size_t i)
{
	const struct backend_zone *zone = &d->s.backends.zones[i];
	const struct doctor_call *get = &d->zones[i].calls[PERMISSION_GET_ZONE];
	struct aws_route53_limit limit = {.max = ZONE_SETS_MAX, .n_sets = d->zones[i].found.n_sets};
	struct doctor_call call = {.was_asked = false};
	char check[FQDN_TEXT_MAX + 8];
	enum report_result result;
	struct buf detail;

	snprintf(check, sizeof(check), "quota %s", zone->conf->name.text);
	doctor_call_limit(&d->s, zone, &limit, &call);
	if (call.err != 0 && (!get->was_asked || get->err != 0)) {
		note(d, check, ACTION_ZONE_LIMIT, &call);
		return;
	}
	buf_init(&detail, REPORT_DETAIL_MAX);
	result = capacity_judge_zone(limit.n_sets, limit.max, &detail);
	if (call.err != 0) {
		buf_adds(&detail,
			 call.err == ERR_DENIED
				 ? "; whether the quota was raised is not known: " ACTION_ZONE_LIMIT
				   " is denied"
				 : "; whether the quota was raised is not known");
		result = result == REPORT_OK ? REPORT_NOTE : result;
	}
	report_add(&d->report, result, check, "%s", buf_str(&detail));
	buf_fini(&detail);
}

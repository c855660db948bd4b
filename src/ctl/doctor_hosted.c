/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_hosted.h"

#include <string.h>

#include "aws/route53_zone.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/doctor_accounts.h"
#include "ctl/doctor_aws.h"
#include "ctl/doctor_limits.h"
#include "ctl/doctor_zone.h"

static void add_hosted_name(struct names *names, const char *text)
{
	if (names->n < DNS_REPLY_NAMES_MAX && fqdn_parse(slice_of(text), &names->at[names->n]) == 0)
		names->n++;
}

static enum report_result judge_found(const struct conf_zone *conf,
				      const struct aws_route53_zone *found, struct buf *detail)
{
	struct fqdn name;
	size_t i;

	if (fqdn_parse(slice_of(found->name), &name) != 0 || !fqdn_equal(&name, &conf->name)) {
		buf_addf(detail, "hosted zone %s is %s", conf->hosted_zone_id, found->name);
		return REPORT_FAIL;
	}
	buf_addf(detail, "hosted zone %s, %s, %zu record set%s", conf->hosted_zone_id,
		 found->is_private ? "private: only its VPCs see it" : "public", found->n_sets,
		 found->n_sets == 1 ? "" : "s");
	for (i = 0; i < found->n_ns; i++)
		buf_addf(detail, "%s%s", i == 0 ? ", name servers " : " ", found->ns[i]);
	return found->is_private ? REPORT_WARN : REPORT_OK;
}

/* Without the permission GetHostedZone, the refusal of a batch tells whether the hosted zone is
 * that of the configured name. */
static enum report_result judge_by_change(const struct conf_zone *conf,
					  const struct doctor_call *change, struct buf *detail)
{
	if (change->err == 0) {
		buf_adds(detail, "what answers accepts a batch that Route 53 refuses: it is "
				 "not Route 53");
		return REPORT_WARN;
	}
	if (strcmp(change->code, "InvalidChangeBatch") != 0) {
		buf_addf(detail, "not proven: %s", change->text);
		return change->err == ERR_DENIED ? REPORT_WARN : doctor_result_of(change->err);
	}
	if (strstr(change->message, "not permitted in zone") != NULL) {
		buf_addf(detail, "hosted zone %s is another one: %s", conf->hosted_zone_id,
			 change->message);
		return REPORT_FAIL;
	}
	buf_addf(detail, "hosted zone %s takes names of it", conf->hosted_zone_id);
	return REPORT_OK;
}

static enum report_result judge_zone(const struct conf_zone *conf, const struct doctor_zone *z,
				     struct buf *detail)
{
	const struct doctor_call *change = &z->calls[PERMISSION_CHANGE];
	const struct doctor_call *get = &z->calls[PERMISSION_GET_ZONE];

	if (!change->was_asked) {
		buf_adds(detail, "not asked: there are no credentials");
		return REPORT_WARN;
	}
	if (change->err == ERR_NOTFOUND || get->err == ERR_NOTFOUND) {
		buf_addf(detail, "there is no hosted zone %s", conf->hosted_zone_id);
		return REPORT_FAIL;
	}
	if (get->was_asked && get->err == 0)
		return judge_found(conf, &z->found, detail);
	return judge_by_change(conf, change, detail);
}

void doctor_check_hosted(struct doctor *d, size_t i)
{
	const struct backend_zone *zone = &d->s.backends.zones[i];
	const struct doctor_zone *z = &d->zones[i];
	struct names wanted = {.n = 0};
	enum report_result result;
	struct buf detail;
	size_t n, p;

	buf_init(&detail, REPORT_DETAIL_MAX);
	result = judge_zone(zone->conf, z, &detail);
	doctor_zone_report(d, zone->conf, result, buf_str(&detail));
	buf_fini(&detail);
	if (z->calls[PERMISSION_CHANGE].was_asked && z->calls[PERMISSION_GET_ZONE].was_asked)
		for (p = PERMISSION_CHANGE; p < PERMISSIONS; p++)
			doctor_report_permission(d, (enum permission)p, &z->calls[p], zone);
	if (result != REPORT_FAIL && z->calls[PERMISSION_CHANGE].was_asked)
		doctor_check_limits_of_zone(d, i);
	if (z->found.is_private)
		return;
	for (n = 0; n < z->found.n_ns; n++)
		add_hosted_name(&wanted, z->found.ns[n]);
	doctor_zone_check_delegation(d, zone->conf, &wanted);
}

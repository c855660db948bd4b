/* SPDX-License-Identifier: BSD-2-Clause
 * What the parts of "mooringctl doctor" share. It changes nothing, neither accounts nor records. */
#ifndef MOORING_CTL_DOCTOR_H
#define MOORING_CTL_DOCTOR_H

#include "aws/route53_zone.h"
#include "ctl/delegation.h"
#include "ctl/probe.h"
#include "ctl/report.h"
#include "ctl/resolver.h"

/* What was asked about one zone; nothing of a builtin one. */
struct doctor_zone {
	struct probe probes[PERMISSIONS];
	struct aws_route53_zone found;
};

struct doctor {
	struct session s;
	struct report report;
	struct resolvers resolvers;
	uint16_t dns_port; /* of the zones' name servers */
	struct aws_credentials *creds;
	struct errinfo creds_why; /* when there are none */
	struct aws_caller caller;
	struct probe who; /* the question for caller */
	struct probe table[PERMISSIONS_OF_TABLE];
	struct doctor_zone *zones; /* as s.backends.zones */
	json_t *required;	   /* policies of what is missing */
	json_t *optional;
};

/* Of a question that was not answered: one to be asked later, or that could not be asked, says
 * nothing. */
enum report_result doctor_result_of(int err);
/* Asks AWS everything, and reports who we are and what the clock says. */
void doctor_check_aws(struct doctor *d);
/* Reports the table, what may be done with it, and its accounts. */
void doctor_check_table(struct doctor *d);
/* Reports the accounts of any store. */
void doctor_check_accounts(struct doctor *d);
/* One line about p, which was asked for, and what is missing into a policy. zone is NULL for those
 * of the table. */
void doctor_report_permission(struct doctor *d, enum permission p, const struct probe *probe,
			      const struct backend_zone *zone);
/* Reports one zone, with its permissions, its delegation and its name servers. */
void doctor_check_zone(struct doctor *d, size_t i);
/* wanted: the name servers that the zone has; none: nobody knows. */
void doctor_check_delegation(struct doctor *d, const struct conf_zone *zone,
			     const struct names *wanted);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What the parts of "mooringctl doctor" share. It changes nothing, neither accounts nor records. */
#ifndef MOORING_CTL_DOCTOR_STATE_H
#define MOORING_CTL_DOCTOR_STATE_H

#include <jansson.h>
#include <stdint.h>

#include "aws/route53_zone.h"
#include "aws/sts.h"
#include "ctl/permission.h"
#include "ctl/doctor_call.h"
#include "ctl/report.h"
#include "ctl/resolver.h"
#include "ctl/session.h"

struct aws_credentials;

/* What was asked about one zone; nothing of a builtin one. */
struct doctor_zone {
	struct doctor_call calls[PERMISSIONS];
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
	struct doctor_call who; /* the question for caller */
	struct doctor_call table[PERMISSIONS_OF_TABLE];
	struct doctor_zone *zones; /* as s.backends.zones */
	size_t n_accounts;	   /* 0: none, or they could not be counted */
	json_t *required;	   /* policies of what is missing */
	json_t *optional;
};

#endif

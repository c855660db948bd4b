/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": AWS and the table. */
#ifndef MOORING_CTL_DOCTOR_AWS_H
#define MOORING_CTL_DOCTOR_AWS_H

#include "ctl/doctor_state.h"

struct backend_zone;

/* Finds the keys and asks whose they are; < 0 with d->creds_why without keys. */
int doctor_ask_identity(struct doctor *d);
/* "aws", or what else ARNs begin with; "" when nothing tells. */
const char *doctor_partition(const struct doctor *d);
/* Asks AWS everything, and reports who we are and what the clock says. */
void doctor_check_aws(struct doctor *d);
/* Reports the table, what may be done with it, and its accounts. */
void doctor_check_table(struct doctor *d);
/* One line about p, which was asked for, and what is missing into a policy. zone is NULL for those
 * of the table. */
void doctor_report_permission(struct doctor *d, enum permission p, const struct doctor_call *call,
			      const struct backend_zone *zone);
/* Lets go of the keys that were found; none is fine. */
void doctor_forget_keys(struct doctor *d);

#endif

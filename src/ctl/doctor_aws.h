/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": AWS, the table and its accounts. */
#ifndef MOORING_CTL_DOCTOR_AWS_H
#define MOORING_CTL_DOCTOR_AWS_H

#include "ctl/doctor_state.h"

struct backend_zone;

/* Of a question that was not answered: one to be asked later, or that could not be asked, says
 * nothing. */
enum report_result doctor_result_of(int err);
/* Finds the keys and asks whose they are; < 0 with d->creds_why without keys. */
int doctor_ask_identity(struct doctor *d);
/* "aws", or what else ARNs begin with; "" when nothing tells. */
const char *doctor_partition(const struct doctor *d);
/* Asks AWS everything, and reports who we are and what the clock says. */
void doctor_check_aws(struct doctor *d);
/* Reports the table, what may be done with it, and its accounts. */
void doctor_check_table(struct doctor *d);
/* Reports the accounts of any store. */
void doctor_check_accounts(struct doctor *d);
/* One line about p, which was asked for, and what is missing into a policy. zone is NULL for those
 * of the table. */
void doctor_report_permission(struct doctor *d, enum permission p, const struct doctor_call *call,
			      const struct backend_zone *zone);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": the accounts. */
#ifndef MOORING_CTL_DOCTOR_ACCOUNTS_H
#define MOORING_CTL_DOCTOR_ACCOUNTS_H

#include "ctl/doctor_state.h"

/* Of a question that was not answered: one to be asked later, or that could not be asked, says
 * nothing. */
enum report_result doctor_result_of(int err);
/* Reports the accounts of any store. */
void doctor_check_accounts(struct doctor *d);

#endif

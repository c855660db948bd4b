/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor --policy": the least policies for this configuration, to paste. */
#ifndef MOORING_CTL_DOCTOR_POLICY_H
#define MOORING_CTL_DOCTOR_POLICY_H

#include "ctl/args.h"
#include "ctl/doctor_state.h"

/* Of AWS it asks at the most whose the keys are, for the account's number. The exit status. */
int doctor_print_policy(struct doctor *d, const struct ctl_args *args);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": what will be too small one day. The permissions for these reads are this
 * command's alone: without one it knows less, which is a note. */
#ifndef MOORING_CTL_DOCTOR_LIMITS_H
#define MOORING_CTL_DOCTOR_LIMITS_H

#include "ctl/doctor_state.h"

/* Capacity for d->n_accounts, and point-in-time recovery. */
void doctor_check_limits_of_table(struct doctor *d);
/* How much of its quota of record sets the zone has used. */
void doctor_check_limits_of_zone(struct doctor *d, size_t i);

#endif

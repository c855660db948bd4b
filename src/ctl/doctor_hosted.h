/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": the zones at Route 53. */
#ifndef MOORING_CTL_DOCTOR_HOSTED_H
#define MOORING_CTL_DOCTOR_HOSTED_H

#include <stddef.h>

#include "ctl/doctor_state.h"

/* Reports zone i, with its permissions, its limits, its delegation and its name servers. */
void doctor_check_hosted(struct doctor *d, size_t i);

#endif

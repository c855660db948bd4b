/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": the zones. */
#ifndef MOORING_CTL_DOCTOR_ZONE_H
#define MOORING_CTL_DOCTOR_ZONE_H

#include <stddef.h>

#include "ctl/delegation.h"
#include "ctl/doctor_state.h"

struct conf_zone;

/* Reports one zone, with its permissions, its delegation and its name servers. */
void doctor_check_zone(struct doctor *d, size_t i);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": the zones. */
#ifndef MOORING_CTL_DOCTOR_ZONE_H
#define MOORING_CTL_DOCTOR_ZONE_H

#include <stddef.h>

#include "ctl/delegation.h"
#include "ctl/doctor_state.h"

struct conf_zone;

/* Reports a zone that mooringd serves, its delegation and its name servers. */
void doctor_check_builtin(struct doctor *d, const struct conf_zone *zone);

/* One line about a zone. */
void doctor_zone_report(struct doctor *d, const struct conf_zone *conf, enum report_result result,
			const char *detail);
/* Reports whether the world finds the zone at the name servers that it should. */
void doctor_zone_check_delegation(struct doctor *d, const struct conf_zone *zone,
				  const struct names *wanted);

#endif

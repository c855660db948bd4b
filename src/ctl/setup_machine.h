/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl setup" finds on this machine for the defaults of its questions. */
#ifndef MOORING_CTL_SETUP_MACHINE_H
#define MOORING_CTL_SETUP_MACHINE_H

#include "ctl/setup_answers.h"

/* What cannot be found out is left empty, and so is what depends on the build. Asks nobody over the
 * network. */
void setup_machine_read(struct setup_machine *ret);

#endif

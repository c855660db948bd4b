/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl doctor": is everything as it has to be? */
#ifndef MOORING_CTL_DOCTOR_H
#define MOORING_CTL_DOCTOR_H

#include "ctl/args.h"

ctl_fn ctl_doctor;

#endif

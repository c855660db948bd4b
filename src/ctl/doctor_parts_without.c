/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_parts.h"

const struct doctor_parts *const doctor_parts = NULL;

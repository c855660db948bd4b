/* SPDX-License-Identifier: BSD-2-Clause
 * A secret that a person chose, or that another server gave. Pure. */
#ifndef MOORING_CTL_SECRET_GIVEN_H
#define MOORING_CTL_SECRET_GIVEN_H

#include "base/err.h"
#include "base/str.h"

/* Minimum length, the same as in the serverless stack. */
enum { SECRET_GIVEN_MIN = 8 };

/* ERR_INVAL, ERR_LIMIT with a sentence that does not hold it: no account should have it, or no
 * client can send it. */
int secret_given_check(struct slice secret, struct errinfo *ei);

#endif

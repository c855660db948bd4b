/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl claims: gives the names of a DynamoDB table their claims, and mends them. */
#ifndef MOORING_CTL_CLAIMS_H
#define MOORING_CTL_CLAIMS_H

#include "ctl/args.h"

int ctl_claims(const struct ctl_args *args);

#endif

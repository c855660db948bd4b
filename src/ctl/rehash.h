/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl user rehash: secrets in clear text become what "user passwd --secret-stdin" stores. */
#ifndef MOORING_CTL_REHASH_H
#define MOORING_CTL_REHASH_H

#include "ctl/args.h"

ctl_fn ctl_user_rehash;

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * "mooringctl user ...". */
#ifndef MOORING_CTL_USER_H
#define MOORING_CTL_USER_H

#include "ctl/args.h"

ctl_fn ctl_user_add, ctl_user_list, ctl_user_show, ctl_user_passwd, ctl_user_set, ctl_user_rename,
	ctl_user_remove, ctl_user_disable, ctl_user_enable;

#endif

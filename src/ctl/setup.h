/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl setup: asks for what mooringd needs, looks whether it is so, and writes its
 * configuration. */
#ifndef MOORING_CTL_SETUP_H
#define MOORING_CTL_SETUP_H

#include <stdbool.h>

#include "ctl/args.h"

/* Whether the option answers a question, which judges it then. */
bool ctl_setup_asks(const char *option);
int ctl_setup(const struct ctl_args *args);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/parts_aws.h"

#include <stddef.h>

const struct parts_aws *const parts_aws = NULL;

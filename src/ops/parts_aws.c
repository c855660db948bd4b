/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/parts_aws.h"

#include "ops/backends_aws.h"
#include "ops/walls_aws.h"

static const struct parts_aws parts = {
	.open_store = backends_aws_open_store,
	.open_zone = backends_aws_open_zone,
	.open_sns = backends_aws_open_sns,
	.close = backends_aws_close,
	.collect_walls = walls_aws_collect,
};

const struct parts_aws *const parts_aws = &parts;

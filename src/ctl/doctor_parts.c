/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_parts.h"

#include "ctl/doctor_aws.h"
#include "ctl/doctor_hosted.h"
#include "ctl/doctor_policy.h"

static const struct doctor_parts parts = {
	.check_aws = doctor_check_aws,
	.check_table = doctor_check_table,
	.check_hosted = doctor_check_hosted,
	.print_policy = doctor_print_policy,
	.forget_keys = doctor_forget_keys,
};

const struct doctor_parts *const doctor_parts = &parts;

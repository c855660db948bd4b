/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl doctor" asks of AWS. Only what stands in the table is reached from elsewhere, so
 * that a build can do without the files. */
#ifndef MOORING_CTL_DOCTOR_PARTS_H
#define MOORING_CTL_DOCTOR_PARTS_H

#include "ctl/args.h"
#include "ctl/doctor_state.h"

/* See ctl/doctor_aws.h, doctor_hosted.h and doctor_policy.h. */
struct doctor_parts {
	void (*check_aws)(struct doctor *d);
	void (*check_table)(struct doctor *d);
	void (*check_hosted)(struct doctor *d, size_t i);
	int (*print_policy)(struct doctor *d, const struct ctl_args *args);
	void (*forget_keys)(struct doctor *d);
};

/* NULL: this build has no AWS (configure --without-aws). */
extern const struct doctor_parts *const doctor_parts;

#endif

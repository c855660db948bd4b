/* SPDX-License-Identifier: BSD-2-Clause
 * Whether a table and a hosted zone are large enough for the accounts there are, and what makes
 * them so. Pure. */
#ifndef MOORING_CTL_CAPACITY_H
#define MOORING_CTL_CAPACITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ctl/report.h"

/* What DescribeTable tells. */
struct capacity_table {
	char status[64]; /* "ACTIVE" */
	bool is_on_demand;
	uint64_t read_units; /* a second; on demand the most that may be used, 0: any number */
	uint64_t write_units;
	uint64_t n_items; /* of some hours ago */
	uint64_t n_bytes;
	bool has_owed_index;
};

/* False for what is no reply of DescribeTable. */
bool capacity_read_table(const json_t *reply, struct capacity_table *ret);
/* Units a second for n accounts whose items are as large as those of the table. */
void capacity_need(const struct capacity_table *t, uint64_t n_accounts, uint64_t *ret_read,
		   uint64_t *ret_write);
/* A sentence into detail, with the command that mends it when there is one. */
enum report_result capacity_judge_table(const struct capacity_table *t, uint64_t n_accounts,
					const char *table, const char *region, struct buf *detail);

/* Of DescribeContinuousBackups: whether point-in-time recovery is on. False as above. */
bool capacity_read_recovery(const json_t *reply, bool *ret_is_on);
enum report_result capacity_judge_recovery(bool is_on, const char *table, const char *region,
					   struct buf *detail);

/* Record sets that a zone has and may have. */
enum report_result capacity_judge_zone(uint64_t n_sets, uint64_t max, struct buf *detail);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/capacity.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "store/item_owed.h"

/* A router asks that often, and of its requests so many in a thousand bring another address; that
 * is written twice: before and after the publication. */
enum { ASK_INTERVAL_S = 600, CHANGES_PER_MILLE = 55, WRITES_OF_A_CHANGE = 2 };
/* What one unit reads consistently, and writes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
enum { READ_UNIT_BYTES = 4096, WRITE_UNIT_BYTES = 1024 };
/* From this part of its quota on a zone is nearly full. */
enum { NEARLY_FULL_PERCENT = 80 };

static uint64_t uint_at(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

bool capacity_read_table(const json_t *reply, struct capacity_table *ret)
{
	const json_t *table = json_object_get(reply, "Table");
	const json_t *units = json_object_get(table, "ProvisionedThroughput");
	const char *mode = text_at(json_object_get(table, "BillingModeSummary"), "BillingMode");
	struct capacity_table t = {
		.read_units = uint_at(units, "ReadCapacityUnits"),
		.write_units = uint_at(units, "WriteCapacityUnits"),
		.n_items = uint_at(table, "ItemCount"),
		.n_bytes = uint_at(table, "TableSizeBytes"),
		.has_owed_index = item_owed_is_described(reply),
	};

	if (str_copy(t.status, sizeof(t.status), slice_of(text_at(table, "TableStatus"))) != 0 ||
	    t.status[0] == '\0')
		return false;
	/* A table that was never on demand has no summary. */
	t.is_on_demand = strcmp(mode, "PAY_PER_REQUEST") == 0 ||
			 (mode[0] == '\0' && t.read_units == 0 && t.write_units == 0);
	if (t.is_on_demand) {
		units = json_object_get(table, "OnDemandThroughput");
		t.read_units = uint_at(units, "MaxReadRequestUnits");
		t.write_units = uint_at(units, "MaxWriteRequestUnits");
	}
	*ret = t;
	return true;
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

void capacity_need(const struct capacity_table *t, uint64_t n_accounts, uint64_t *ret_read,
		   uint64_t *ret_write)
{
	uint64_t item = t->n_items > 0 ? divide_up(t->n_bytes, t->n_items) : 1;
	uint64_t read = divide_up(item > 0 ? item : 1, READ_UNIT_BYTES);
	uint64_t write = divide_up(item > 0 ? item : 1, WRITE_UNIT_BYTES);

	*ret_read = divide_up(n_accounts * read, ASK_INTERVAL_S);
	*ret_write = divide_up(n_accounts * write * WRITES_OF_A_CHANGE * CHANGES_PER_MILLE,
			       (uint64_t)1000 * ASK_INTERVAL_S);
}

static void add_region(struct buf *detail, const char *region)
{
	if (region[0] != '\0')
		buf_addf(detail, " --region %s", region);
}

/* 0 on demand is no limit. */
static bool is_carried(const struct capacity_table *t, uint64_t units, uint64_t need)
{
	return units >= need || (t->is_on_demand && units == 0);
}

/* "19 read", or "any number of write". */
static void add_units(struct buf *detail, const struct capacity_table *t, uint64_t units,
		      const char *what)
{
	if (t->is_on_demand && units == 0)
		buf_addf(detail, "any number of %s", what);
	else
		buf_addf(detail, "%" PRIu64 " %s", units, what);
}

enum report_result capacity_judge_table(const struct capacity_table *t, uint64_t n_accounts,
					const char *table, const char *region, struct buf *detail)
{
	uint64_t read, write;
	bool is_enough;

	if (strcmp(t->status, "ACTIVE") != 0 && strcmp(t->status, "UPDATING") != 0) {
		buf_addf(detail, "the table is %s: aws dynamodb describe-table --table-name %s",
			 t->status, table);
		add_region(detail, region);
		return REPORT_WARN;
	}
	capacity_need(t, n_accounts, &read, &write);
	is_enough = is_carried(t, t->read_units, read) && is_carried(t, t->write_units, write);
	if (t->is_on_demand && is_enough) {
		buf_adds(detail, "on demand");
		return REPORT_OK;
	}
	buf_adds(detail, t->is_on_demand ? "on demand, at most: " : "provisioned: ");
	add_units(detail, t, t->read_units, "read and ");
	add_units(detail, t, t->write_units, "write units a second; ");
	buf_addf(detail,
		 "%" PRIu64 " account%s that ask%s every %d minutes need%s %" PRIu64
		 " and %" PRIu64,
		 n_accounts, n_accounts == 1 ? "" : "s", n_accounts == 1 ? "s" : "",
		 ASK_INTERVAL_S / 60, n_accounts == 1 ? "s" : "", read, write);
	if (is_enough)
		return REPORT_OK;
	buf_addf(detail, ": aws dynamodb update-table --table-name %s %s", table,
		 t->is_on_demand ? "--on-demand-throughput "
				   "MaxReadRequestUnits=-1,MaxWriteRequestUnits=-1"
				 : "--billing-mode PAY_PER_REQUEST");
	add_region(detail, region);
	return REPORT_WARN;
}

bool capacity_read_recovery(const json_t *reply, bool *ret_is_on)
{
	const json_t *backups = json_object_get(reply, "ContinuousBackupsDescription");
	const char *status = text_at(json_object_get(backups, "PointInTimeRecoveryDescription"),
				     "PointInTimeRecoveryStatus");

	if (backups == NULL)
		return false;
	*ret_is_on = strcmp(status, "ENABLED") == 0;
	return true;
}

enum report_result capacity_judge_recovery(bool is_on, const char *table, const char *region,
					   struct buf *detail)
{
	if (is_on) {
		buf_adds(detail, "point-in-time recovery is on");
		return REPORT_OK;
	}
	buf_addf(detail,
		 "point-in-time recovery is off, and what is deleted or overwritten by mistake is "
		 "lost: aws dynamodb update-continuous-backups --table-name %s "
		 "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
		 table);
	add_region(detail, region);
	return REPORT_WARN;
}

/* The quota "Records per hosted zone" of Route 53, whose quotas are asked for in us-east-1. */
#define RAISE_QUOTA                                                                                \
	"aws service-quotas request-service-quota-increase --service-code route53 "                \
	"--quota-code L-E209CC9F --region us-east-1 --desired-value"

enum report_result capacity_judge_zone(uint64_t n_sets, uint64_t max, struct buf *detail)
{
	buf_addf(detail, "%" PRIu64 " of at most %" PRIu64 " record sets", n_sets, max);
	if (n_sets < max / 100 * NEARLY_FULL_PERCENT + max % 100 * NEARLY_FULL_PERCENT / 100)
		return REPORT_OK;
	buf_addf(detail, "; when it is full, hosts that are new are not published: %s %" PRIu64,
		 RAISE_QUOTA, max * 2);
	return REPORT_WARN;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * What is too small for the accounts there are. */
#include "ctl/capacity.h"

#include <stdlib.h>
#include <string.h>

#include "kit/unit.h"

#define ON_DEMAND   "{\"BillingMode\":\"PAY_PER_REQUEST\"}"
#define PROVISIONED "{\"BillingMode\":\"PROVISIONED\"}"
#define TABLE(mode, read, write, items, bytes)                                                     \
	"{\"Table\":{\"TableStatus\":\"ACTIVE\"," mode                                             \
	"\"ProvisionedThroughput\":{\"ReadCapacityUnits\":" read ",\"WriteCapacityUnits\":" write  \
	"},\"ItemCount\":" items ",\"TableSizeBytes\":" bytes "}}"
#define MODE(mode) "\"BillingModeSummary\":" mode ","
#define LIMITED(read, write)                                                                       \
	TABLE(MODE(ON_DEMAND) "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":" read              \
			      ",\"MaxWriteRequestUnits\":" write "},",                             \
	      "0", "0", "0", "0")
#define UPDATE                                                                                     \
	": aws dynamodb update-table --table-name t --billing-mode PAY_PER_REQUEST --region r"

static const struct {
	const char *reply;
	uint64_t n_accounts;
	enum report_result want;
	const char *detail; /* NULL: no description of a table */
} table_rows[] = {
	{TABLE(MODE(ON_DEMAND), "0", "0", "0", "0"), 1000000, REPORT_OK, "on demand"},
	{LIMITED("-1", "-1"), 1000000, REPORT_OK, "on demand"},
	{LIMITED("20", "-1"), 12000, REPORT_OK, "on demand"},
	{LIMITED("19", "5"), 12000, REPORT_WARN,
	 "on demand, at most: 19 read and 5 write units a second; 12000 accounts that ask every 10 "
	 "minutes need 20 and 3: aws dynamodb update-table --table-name t --on-demand-throughput "
	 "MaxReadRequestUnits=-1,MaxWriteRequestUnits=-1 --region r"},
	{LIMITED("19", "-1"), 12000, REPORT_WARN,
	 "on demand, at most: 19 read and any number of write units a second; 12000 accounts that "
	 "ask every 10 minutes need 20 and 3: aws dynamodb update-table --table-name t "
	 "--on-demand-throughput MaxReadRequestUnits=-1,MaxWriteRequestUnits=-1 --region r"},
	/* What a table says of itself that was never anything else. */
	{TABLE("", "5", "5", "0", "0"), 0, REPORT_OK,
	 "provisioned: 5 read and 5 write units a second; 0 accounts that ask every 10 minutes "
	 "need 0 and 0"},
	{TABLE(MODE(PROVISIONED), "1", "1", "600", "60000"), 600, REPORT_OK,
	 "provisioned: 1 read and 1 write units a second; 600 accounts that ask every 10 minutes "
	 "need 1 and 1"},
	{TABLE(MODE(PROVISIONED), "1", "1", "1", "100"), 1, REPORT_OK,
	 "provisioned: 1 read and 1 write units a second; 1 account that asks every 10 minutes "
	 "needs 1 and 1"},
	{TABLE(MODE(PROVISIONED), "1", "1", "601", "60100"), 601, REPORT_WARN,
	 "provisioned: 1 read and 1 write units a second; 601 accounts that ask every 10 minutes "
	 "need 2 and 1" UPDATE},
	{TABLE(MODE(PROVISIONED), "100", "1", "0", "0"), 6000, REPORT_WARN,
	 "provisioned: 100 read and 1 write units a second; 6000 accounts that ask every 10 "
	 "minutes need 10 and 2" UPDATE},
	/* Items of 5 KB: two units for a read, five for a write. */
	{TABLE(MODE(PROVISIONED), "19", "9", "6000", "30720000"), 6000, REPORT_WARN,
	 "provisioned: 19 read and 9 write units a second; 6000 accounts that ask every 10 "
	 "minutes need 20 and 6" UPDATE},
	{"{\"Table\":{\"TableStatus\":\"INACCESSIBLE_ENCRYPTION_CREDENTIALS\"}}", 1, REPORT_WARN,
	 "the table is INACCESSIBLE_ENCRYPTION_CREDENTIALS: aws dynamodb describe-table "
	 "--table-name t --region r"},
	{"{\"Table\":{\"TableStatus\":\"ARCHIVED\"}}", 1, REPORT_WARN,
	 "the table is ARCHIVED: aws dynamodb describe-table --table-name t --region r"},
	{"{\"Table\":{}}", 1, REPORT_OK, NULL},
	{"{}", 1, REPORT_OK, NULL},
};

START_TEST(provisioned_capacity_is_held_against_the_accounts)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(table_rows); i++) {
		json_t *reply = json_loads(table_rows[i].reply, 0, NULL);
		enum report_result result;
		struct capacity_table t;
		struct buf detail;

		ck_assert_msg(reply != NULL, "row %zu", i);
		buf_init(&detail, REPORT_DETAIL_MAX);
		if (!capacity_read_table(reply, &t)) {
			ck_assert_msg(table_rows[i].detail == NULL, "row %zu", i);
		} else {
			result = capacity_judge_table(&t, table_rows[i].n_accounts, "t", "r",
						      &detail);
			ck_assert_msg(result == table_rows[i].want &&
					      strcmp(buf_str(&detail), table_rows[i].detail) == 0,
				      "row %zu: %s", i, buf_str(&detail));
		}
		buf_fini(&detail);
		json_decref(reply);
	}
}
END_TEST

#define RECOVERY(status)                                                                           \
	"{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"ENABLED\","              \
	"\"PointInTimeRecoveryDescription\":{\"PointInTimeRecoveryStatus\":\"" status "\"}}}"

START_TEST(recovery_is_on_or_there_is_a_command)
{
	json_t *on = json_loads(RECOVERY("ENABLED"), 0, NULL);
	json_t *off = json_loads(RECOVERY("DISABLED"), 0, NULL);
	json_t *none = json_object();
	struct buf detail;
	bool is_on = false;

	ck_assert(capacity_read_recovery(on, &is_on) && is_on);
	ck_assert(capacity_read_recovery(off, &is_on) && !is_on);
	ck_assert(!capacity_read_recovery(none, &is_on));
	buf_init(&detail, REPORT_DETAIL_MAX);
	ck_assert_int_eq(capacity_judge_recovery(true, "t", "r", &detail), REPORT_OK);
	ck_assert_str_eq(buf_str(&detail), "point-in-time recovery is on");
	buf_reset(&detail);
	ck_assert_int_eq(capacity_judge_recovery(false, "t", "", &detail), REPORT_WARN);
	ck_assert_str_eq(buf_str(&detail),
			 "point-in-time recovery is off, and what is deleted or overwritten by "
			 "mistake is lost: aws dynamodb update-continuous-backups --table-name t "
			 "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true");
	buf_fini(&detail);
	json_decref(on);
	json_decref(off);
	json_decref(none);
}
END_TEST

static const struct {
	uint64_t n_sets;
	uint64_t max;
	enum report_result want;
} zone_rows[] = {
	{2, 10000, REPORT_OK},	     {7999, 10000, REPORT_OK},	  {8000, 10000, REPORT_WARN},
	{10000, 10000, REPORT_WARN}, {12000, 10000, REPORT_WARN}, {8000, 20000, REPORT_OK},
	{119, 150, REPORT_OK},	     {120, 150, REPORT_WARN},
};

START_TEST(a_zone_that_is_nearly_full_is_a_warning)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(zone_rows); i++) {
		struct buf detail;

		buf_init(&detail, REPORT_DETAIL_MAX);
		ck_assert_msg(capacity_judge_zone(zone_rows[i].n_sets, zone_rows[i].max, &detail) ==
				      zone_rows[i].want,
			      "row %zu: %s", i, buf_str(&detail));
		ck_assert_msg((strstr(buf_str(&detail), "aws service-quotas ") != NULL) ==
				      (zone_rows[i].want == REPORT_WARN),
			      "row %zu: %s", i, buf_str(&detail));
		buf_fini(&detail);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		provisioned_capacity_is_held_against_the_accounts,
		recovery_is_on_or_there_is_a_command,
		a_zone_that_is_nearly_full_is_a_warning,
	};

	return unit_run("capacity", tests, N_ELEMENTS(tests));
}

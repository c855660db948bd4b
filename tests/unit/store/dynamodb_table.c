/* SPDX-License-Identifier: BSD-2-Clause
 * What AWS's answers say of a table as a whole. */
#include "store/dynamodb_table.h"

#include <string.h>

#include "aws/retry.h"
#include "base/log.h"
#include "base/metric.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

#define SCHEMA	"The provided key element does not match the schema"
#define NO_KMS	"User: arn:x is not authorized to perform: kms:Decrypt on resource: arn:y"
#define NO_ITEM "User: arn:x is not authorized to perform: dynamodb:GetItem on resource: arn:y"

static struct aws_error make_error(long status, const char *code, const char *message)
{
	struct aws_error e = {.status = status, .message = message, .attempts = 1};

	e.err = aws_retry_judge(status, code).err;
	str_copy(e.code, sizeof(e.code), slice_of(code));
	err_set(&e.why, e.err, "DynamoDB: %s", code);
	return e;
}

static const struct {
	const char *operation;
	long status;
	const char *code; /* NULL: it went well */
	const char *message;
	enum table_verdict want;
} rows[] = {
	{"GetItem", 200, NULL, "", TABLE_USABLE},
	{"Scan", 200, NULL, "", TABLE_UNKNOWN},
	{"UpdateItem", 200, NULL, "", TABLE_UNKNOWN},
	{"GetItem", 400, "ResourceNotFoundException", "Requested resource not found",
	 TABLE_MISSING},
	{"Scan", 400, "ResourceNotFoundException", "", TABLE_MISSING},
	{"GetItem", 400, "AccessDeniedException", NO_ITEM, TABLE_DENIED},
	{"Scan", 400, "AccessDeniedException", "not authorized to perform: dynamodb:Scan",
	 TABLE_UNKNOWN},
	{"UpdateItem", 400, "AccessDeniedException", "", TABLE_UNKNOWN},
	{"GetItem", 400, "ValidationException", SCHEMA, TABLE_OTHER_KEY},
	{"GetItem", 400, "ValidationException", "The number of conditions on the keys is invalid",
	 TABLE_OTHER_KEY},
	{"GetItem", 400, "ValidationException", "Item size has exceeded", TABLE_UNKNOWN},
	{"UpdateItem", 400, "ValidationException", SCHEMA, TABLE_UNKNOWN},
	{"GetItem", 400, "AccessDeniedException", NO_KMS, TABLE_KMS},
	{"Scan", 400, "AccessDeniedException", NO_KMS, TABLE_KMS},
	{"GetItem", 400, "AccessDeniedException", "The ciphertext refers to a KMS key that",
	 TABLE_KMS},
	{"GetItem", 400, "KMSAccessDeniedException", "", TABLE_KMS},
	{"GetItem", 400, "KMSDisabledException", "", TABLE_KMS},
	{"GetItem", 400, "KMSInvalidStateException", "", TABLE_KMS},
	{"GetItem", 400, "KMSNotFoundException", "", TABLE_KMS},
	{"UpdateItem", 400, "KMSAccessDeniedException", "", TABLE_KMS},
	/* what may pass */
	{"GetItem", 400, "KMSThrottlingException", "", TABLE_UNKNOWN},
	{"GetItem", 500, "KMSInternalException", "", TABLE_UNKNOWN},
	{"GetItem", 400, "ProvisionedThroughputExceededException", "", TABLE_UNKNOWN},
	{"GetItem", 500, "InternalServerError", "", TABLE_UNKNOWN},
	{"GetItem", 400, "ExpiredTokenException", "", TABLE_UNKNOWN},
	{"GetItem", 503, "", "", TABLE_UNKNOWN},
	{"UpdateItem", 400, "ConditionalCheckFailedException", "", TABLE_UNKNOWN},
};

START_TEST(each_answer_tells_of_the_table_or_nothing)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_error e = make_error(
			rows[i].status, rows[i].code != NULL ? rows[i].code : "", rows[i].message);
		enum table_verdict got =
			table_judge(rows[i].operation, rows[i].code != NULL ? &e : NULL);

		ck_assert_msg(got == rows[i].want, "row %zu, %s %s: %d", i, rows[i].operation,
			      rows[i].code, got);
	}
}
END_TEST

static void assert_gauges(int missing, int denied, int other_key, int kms)
{
	ck_assert_int_eq(metric_get(METRIC_TABLE_MISSING), missing);
	ck_assert_int_eq(metric_get(METRIC_TABLE_DENIED), denied);
	ck_assert_int_eq(metric_get(METRIC_TABLE_OTHER_KEY), other_key);
	ck_assert_int_eq(metric_get(METRIC_TABLE_KMS), kms);
}

/* Trouble of another kind changes nothing, neither way. */
START_TEST(a_verdict_stays_until_another_one_comes)
{
	const struct aws_error missing = make_error(400, "ResourceNotFoundException", ""),
			       denied = make_error(400, "AccessDeniedException", NO_ITEM),
			       key = make_error(400, "ValidationException", SCHEMA),
			       kms = make_error(400, "KMSDisabledException", ""),
			       busy = make_error(500, "InternalServerError", "");
	enum table_verdict last = TABLE_UNKNOWN;
	const char *log;

	capture();
	table_note(&last, "t", "GetItem", &busy);
	table_note(&last, "t", "GetItem", NULL);
	table_note(&last, "t", "GetItem", &busy);
	assert_gauges(0, 0, 0, 0);
	table_note(&last, "t", "Scan", &missing);
	assert_gauges(1, 0, 0, 0);
	table_note(&last, "t", "GetItem", &missing);
	table_note(&last, "t", "GetItem", &busy);
	table_note(&last, "t", "Scan", NULL);
	assert_gauges(1, 0, 0, 0);
	table_note(&last, "t", "GetItem", &denied);
	assert_gauges(0, 1, 0, 0);
	table_note(&last, "t", "GetItem", &key);
	assert_gauges(0, 0, 1, 0);
	table_note(&last, "t", "UpdateItem", &kms);
	assert_gauges(0, 0, 0, 1);
	table_note(&last, "t", "GetItem", NULL);
	assert_gauges(0, 0, 0, 0);
	log = captured();
	ck_assert_ptr_nonnull(strstr(log, "the table cannot be used table=t why=\"DynamoDB: "
					  "ResourceNotFoundException\""));
	ck_assert_ptr_nonnull(strstr(log, "the table can be used again"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_answer_tells_of_the_table_or_nothing,
		a_verdict_stays_until_another_one_comes,
	};

	return unit_run("dynamodb_table", tests, N_ELEMENTS(tests));
}

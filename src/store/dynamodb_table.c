/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_table.h"

#include <string.h>

#include "base/log.h"
#include "base/metric.h"

static bool is_code(const struct aws_error *error, const char *code)
{
	return strcmp(error->code, code) == 0;
}

/* KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException;
 * where the caller has no permission for the key, an ordinary denial names an action of KMS's. */
bool table_is_kms(const struct aws_error *error)
{
	if (strncmp(error->code, "KMS", 3) == 0)
		return error->err != ERR_THROTTLED && error->status < 500;
	return error->err == ERR_DENIED &&
	       (strstr(error->message, "kms:") != NULL || strstr(error->message, "KMS") != NULL);
}

/* What a table says of our key that has another one, or one of two parts. */
static bool is_other_key(const struct aws_error *error)
{
	return is_code(error, "ValidationException") &&
	       (strstr(error->message, "key element does not match the schema") != NULL ||
		strstr(error->message, "number of conditions on the keys is invalid") != NULL);
}

enum table_verdict table_judge(const char *operation, const struct aws_error *error)
{
	bool is_get = strcmp(operation, "GetItem") == 0;

	if (error == NULL)
		return is_get ? TABLE_USABLE : TABLE_UNKNOWN;
	/* Query asks for an index, which may be what is not there. */
	if (is_code(error, "ResourceNotFoundException"))
		return strcmp(operation, "Query") != 0 ? TABLE_MISSING : TABLE_UNKNOWN;
	if (table_is_kms(error))
		return TABLE_KMS;
	if (is_get && error->err == ERR_DENIED)
		return TABLE_DENIED;
	return is_get && is_other_key(error) ? TABLE_OTHER_KEY : TABLE_UNKNOWN;
}

static void set_gauges(enum table_verdict verdict)
{
	metric_set(METRIC_TABLE_MISSING, verdict == TABLE_MISSING);
	metric_set(METRIC_TABLE_DENIED, verdict == TABLE_DENIED);
	metric_set(METRIC_TABLE_OTHER_KEY, verdict == TABLE_OTHER_KEY);
	metric_set(METRIC_TABLE_KMS, verdict == TABLE_KMS);
}

void table_note(enum table_verdict *last, const char *table, const char *operation,
		const struct aws_error *error)
{
	enum table_verdict verdict = table_judge(operation, error), before = *last;

	if (verdict == TABLE_UNKNOWN || verdict == before)
		return;
	*last = verdict;
	set_gauges(verdict);
	if (verdict != TABLE_USABLE)
		log_event(LOG_LEVEL_WARN, "the table cannot be used",
			  LOG_FIELDS(log_str("table", table), log_str("why", error->why.text)));
	else if (before != TABLE_UNKNOWN)
		log_event(LOG_LEVEL_INFO, "the table can be used again",
			  LOG_FIELDS(log_str("table", table)));
}

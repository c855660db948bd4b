/* SPDX-License-Identifier: BSD-2-Clause
 * Whether the table as a whole can be used: what AWS's answers say about that, kept in gauges. Core
 * thread. */
#ifndef MOORING_STORE_DYNAMODB_TABLE_H
#define MOORING_STORE_DYNAMODB_TABLE_H

#include <stdbool.h>

#include "aws/aws_dynamodb.h"

enum table_verdict {
	TABLE_UNKNOWN, /* the answer says nothing of the table */
	TABLE_USABLE,
	TABLE_MISSING,
	TABLE_DENIED,	 /* GetItem is; all else can be done without */
	TABLE_OTHER_KEY, /* its key is not `user`, a string */
	TABLE_KMS,	 /* the key that it is encrypted with cannot be used */
};

/* Of an answer to operation; error is NULL when it went well. Trouble that may pass says nothing.
 */
enum table_verdict table_judge(const char *operation, const struct aws_error *error);
/* The same, noted: the gauges, and a line in the log when it is another one than before (*last,
 * TABLE_UNKNOWN at first). */
void table_note(enum table_verdict *last, const char *table, const char *operation,
		const struct aws_error *error);
/* A denial that is not about the operation itself. */
bool table_is_kms(const struct aws_error *error);

#endif

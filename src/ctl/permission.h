/* SPDX-License-Identifier: BSD-2-Clause
 * The IAM permissions that mooring can use, what each is for, and how the answer to a question that
 * changes nothing proves it. Pure. */
#ifndef MOORING_CTL_PERMISSION_H
#define MOORING_CTL_PERMISSION_H

#include <stdbool.h>

/* Those of a table come first, then those of a hosted zone, then that of changes. */
enum permission {
	PERMISSION_GET_ITEM,
	PERMISSION_SCAN,
	PERMISSION_UPDATE_ITEM,
	PERMISSION_PUT_ITEM,
	PERMISSION_DELETE_ITEM,
	PERMISSION_CHANGE,
	PERMISSION_GET_ZONE,
	PERMISSION_LIST,
	PERMISSION_GET_CHANGE,
};
enum {
	PERMISSIONS = PERMISSION_GET_CHANGE + 1,
	PERMISSIONS_OF_TABLE = PERMISSION_DELETE_ITEM + 1,
};

/* Without them nothing is lost: the daemon lists the table at a guessed pace, or before it is
 * ready, and "doctor" knows less. */
#define ACTION_DESCRIBE_TABLE	"dynamodb:DescribeTable"
#define ACTION_QUERY_OWED	"dynamodb:Query"
#define ACTION_DESCRIBE_BACKUPS "dynamodb:DescribeContinuousBackups"
#define ACTION_ZONE_LIMIT	"route53:GetHostedZoneLimit"

struct permission_info {
	const char *action;
	bool is_required;
	const char *lost; /* without it: the end of a sentence */
	/* What AWS calls the refusal that only those see who are allowed; NULL: none. */
	const char *proof;
};

const struct permission_info *permission_info(enum permission p);

enum permission_answer { PERMISSION_UNKNOWN, PERMISSION_GIVEN, PERMISSION_MISSING };

/* err and code: how the question that proves p ended. */
enum permission_answer permission_judge(enum permission p, int err, const char *code);

/* Whether AWS has taken the signature of a call that ended with err. */
bool permission_is_signed_in(int err);

#endif

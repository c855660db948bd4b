/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts in a DynamoDB table: the items of the original stack, read as they are, and more
 * attributes when they are there (docs/ARCHITECTURE.md). Runs under a policy of GetItem alone:
 * state is then kept in memory. */
#ifndef MOORING_STORE_DYNAMODB_H
#define MOORING_STORE_DYNAMODB_H

#include "base/err.h"
#include "net/fqdn.h"

struct store;
struct uv_loop_s;
struct aws_dynamodb;

/* db is borrowed for the life of the store; table is copied. default_zone as in sqlite.h. No
 * request is made. Core thread. ERR_INVAL for a table name outside AWS's grammar. */
int store_dynamodb_open(struct uv_loop_s *loop, struct aws_dynamodb *db, const char *table,
			const struct fqdn *default_zone, struct store **ret, struct errinfo *ei);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What AWS says in the header of a reply. Any thread. */
#ifndef MOORING_AWS_AWS_HEAD_H
#define MOORING_AWS_AWS_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/error.h"
#include "fetch/transfer.h"

/* A text that is too long is taken for none. */
struct aws_head {
	char request_id[AWS_REQUEST_ID_MAX]; /* x-amzn-requestid, x-amz-request-id */
	char error_type[AWS_CODE_MAX * 3];   /* x-amzn-errortype */
	bool has_crc;
	uint32_t crc;		/* x-amz-crc32 */
	int64_t retry_after_ms; /* x-amz-retry-after; -1 when absent */
};

/* For transfers to AWS: they keep a struct aws_head. */
extern const struct fetch_head_ops aws_head_ops;

/* Of a reply to such a transfer, as long as it is; of one that has none, an empty one. */
const struct aws_head *aws_head_of(const struct fetch_transfer_reply *reply);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * An error as an AWS service tells it, whatever its protocol. */
#ifndef MOORING_AWS_ERROR_H
#define MOORING_AWS_ERROR_H

#include <jansson.h>

#include "base/err.h"

enum { AWS_CODE_MAX = 64, AWS_REQUEST_ID_MAX = 80 };

struct aws_error {
	int err;		 /* enum err: what the caller acts on */
	long status;		 /* HTTP status; 0 when there was no reply */
	char code[AWS_CODE_MAX]; /* AWS's own code, "" when none: "ThrottlingException" */
	char request_id[AWS_REQUEST_ID_MAX];
	struct errinfo why;  /* one sentence for the log, names service, code and message */
	const char *message; /* AWS's own words in full, not for the log; borrowed, never NULL */
	const json_t *item;  /* DynamoDB, failed condition with ALL_OLD; borrowed; else NULL */
	/* DynamoDB, canceled transaction: an object for each of its actions, in their order, with
	 * Code ("None": this one was not to blame) and Item as above; borrowed; else NULL */
	const json_t *reasons;
	unsigned attempts; /* requests sent: above 1, a failed condition may be the echo of our own
			    * write, whose answer was lost; 0: not told */
};

#endif

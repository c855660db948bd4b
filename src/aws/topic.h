/* SPDX-License-Identifier: BSD-2-Clause
 * The ARN of an SNS topic. Pure. */
#ifndef MOORING_AWS_TOPIC_H
#define MOORING_AWS_TOPIC_H

#include "aws/endpoint.h"
#include "base/err.h"

/* The region that an SNS topic, arn:PARTITION:sns:REGION:ACCOUNT:NAME, is in: a client of any other
 * region is refused there. ERR_INVAL with a sentence. */
int aws_topic_region(const char *arn, char ret[AWS_REGION_SIZE], struct errinfo *ei);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * A target that is a topic of SNS; of a FIFO topic, whose name ends in ".fifo", SNS itself drops
 * what comes twice within five minutes. Only in a build with AWS. Core thread. */
#ifndef MOORING_NOTIFY_SNS_H
#define MOORING_NOTIFY_SNS_H

#include "base/err.h"

struct aws_client;
struct conf_notify;
struct notify_target;

/* Messages of one target on their way at once. */
enum { SNS_CALLS_MAX = 16 };

/* client and c are borrowed for life; the region is that of the topic. ERR_INVAL, ERR_UNAVAILABLE
 * with a sentence; ERR_NOMEM. */
int notify_sns_new(struct aws_client *client, const struct conf_notify *c,
		   struct notify_target **ret, struct errinfo *ei);

#endif

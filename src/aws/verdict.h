/* SPDX-License-Identifier: BSD-2-Clause
 * What came of a request, and what becomes of its call. Core thread. */
#ifndef MOORING_AWS_VERDICT_H
#define MOORING_AWS_VERDICT_H

struct fetch_transfer_reply;

/* What a transfer ended with; arg is the call. */
void call_on_reply(void *arg, const struct fetch_transfer_reply *reply);

#endif

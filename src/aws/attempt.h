/* SPDX-License-Identifier: BSD-2-Clause
 * One request of a call. Core thread. */
#ifndef MOORING_AWS_ATTEMPT_H
#define MOORING_AWS_ATTEMPT_H

struct aws_call;

/* Asks for credentials, signs and sends, if the breaker lets it. */
void call_begin_attempt(struct aws_call *c);

#endif

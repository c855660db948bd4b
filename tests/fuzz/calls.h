/* SPDX-License-Identifier: BSD-2-Clause
 * Calls of AWS's services that the harness answers: aws_call_start() is replaced by the linker, so
 * that the readers of replies are run and nothing is sent. */
#ifndef MOORING_TESTS_FUZZ_CALLS_H
#define MOORING_TESTS_FUZZ_CALLS_H

#include "aws/client_int.h"
#include "aws/service_state.h"
#include "base/str.h"

/* With a region, and without keys. */
extern struct aws_client calls_client;

/* A call is under way. */
bool calls_are_open(void);
/* Answers it with that body. There must be one. */
void calls_answer(struct slice body);
/* Or with an error of AWS's, whose body that is. */
void calls_refuse(struct slice body);

#endif

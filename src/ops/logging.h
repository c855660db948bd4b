/* SPDX-License-Identifier: BSD-2-Clause
 * How mooringd's log is written, from what is known: the environment, then the configuration. */
#ifndef MOORING_OPS_LOGGING_H
#define MOORING_OPS_LOGGING_H

#include <stdbool.h>

struct conf;

/* Before anything can fail: by the environment alone, where values that are wrong count as not set;
 * that they are wrong is told by conf_load(). */
void logging_begin(const char *const *environ_list);
/* By the configuration; verbose is -v. */
void logging_setup(const struct conf *conf, bool verbose);
/* A line for each thing in the configuration that has no effect. */
void logging_warn(const struct conf *conf);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * The one log line of a finished update, and its place in the metrics. Any thread. */
#ifndef MOORING_ENGINE_UPDATE_REPORT_H
#define MOORING_ENGINE_UPDATE_REPORT_H

#include <stdint.h>

struct dyndns_answer;
struct engine_request;
struct fqdn;

/* only_host: the host that is meant by a request that names none; empty: none. */
void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct dyndns_answer *answer, int64_t took_ms);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * The one log line of a finished update, and its place in the metrics. Any thread. */
#ifndef MOORING_ENGINE_UPDATE_REPORT_H
#define MOORING_ENGINE_UPDATE_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct dyndns_answer;
struct engine_request;
struct fqdn;
struct plan;
struct plan_summary;

/* only_host: the account's only host is meant, whatever the request names; empty: it is not.
 * summary: that of the plan, or all zero. */
void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct plan_summary *summary, const struct dyndns_answer *answer,
		   int64_t took_ms);

/* The first line of a plan that says why it is dnserr, and the first host without a line that says
 * why it keeps its address, as warnings; user is the account's login.
 */
void report_notes(const struct engine_request *r, const char *user, const struct plan *plan);

#endif

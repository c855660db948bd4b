/* SPDX-License-Identifier: BSD-2-Clause
 * The one log line of a finished update, and its place in the metrics. Any thread. */
#ifndef MOORING_ENGINE_UPDATE_REPORT_H
#define MOORING_ENGINE_UPDATE_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct addr_pair;
struct dyndns_answer;
struct engine_request;
struct fqdn;
struct plan_line;

/* only_host: the account's only host is meant, whatever the request names; empty: it is not.
 * left_out: addresses of the request that were not published; neither set: none. */
void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct addr_pair *left_out, const struct dyndns_answer *answer,
		   int64_t took_ms);

/* The first line of a plan that says why it is dnserr, as a warning; user is the account's login.
 */
void report_notes(const struct engine_request *r, const char *user, const struct plan_line *lines,
		  size_t n);

#endif

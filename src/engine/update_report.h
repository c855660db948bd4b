/* SPDX-License-Identifier: BSD-2-Clause
 * The one log line of a finished update, and its place in the metrics. Any thread. */
#ifndef MOORING_ENGINE_UPDATE_REPORT_H
#define MOORING_ENGINE_UPDATE_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct dyndns_answer;
struct engine_request;
struct fqdn;
struct line_limit;
struct plan;
struct plan_summary;

struct report_about {
	int64_t now_ms;
	int64_t arrived_ms;
	const char *braked; /* what it is for which we said 911: "login", "client", "changes"; or
			       NULL */
	/* Of the lines of failed logins and of braked updates; the others cost whoever causes them
	 * a password. */
	struct line_limit *failures;
};

/* A line of a client's failures in each second. */
enum { REPORT_FAILURES_MS = 1000 };

/* only_host: the account's only host is meant, whatever the request names; empty: it is not.
 * summary: that of the plan, or all zero. */
void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct plan_summary *summary, const struct dyndns_answer *answer,
		   const struct report_about *about);

/* The first line of a plan that says why it is dnserr, and the first host without a line that says
 * why it keeps its address, as warnings; user is the account's login.
 */
void report_notes(const struct engine_request *r, const char *user, const struct plan *plan);

#endif

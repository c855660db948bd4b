/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl doctor" found, a line for each check, as text or as JSON. */
#ifndef MOORING_CTL_REPORT_H
#define MOORING_CTL_REPORT_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum report_result {
	REPORT_OK,
	REPORT_NOTE, /* not known, and nothing depends on it */
	REPORT_WARN,
	REPORT_FAIL,
};

enum { REPORT_DETAIL_MAX = 5120 }; /* holds an ARN of any length, ten sentences */

struct report {
	json_t *lines; /* NULL: text, printed as it comes */
	bool has_failed;
	_Atomic size_t n; /* lines; another thread shows it */
};

void report_init(struct report *r, bool as_json);
/* One line: "ok   check: detail". What is longer than REPORT_DETAIL_MAX is cut. */
void report_add(struct report *r, enum report_result result, const char *check, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));
/* The same with an IAM policy, which it takes over. */
void report_add_policy(struct report *r, enum report_result result, json_t *policy,
		       const char *detail);
/* Prints what is left; the exit status. */
int report_finish(struct report *r);

#endif

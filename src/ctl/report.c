/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/args.h"
#include "ctl/print.h"
#include "ctl/waiting.h"

static const char *const words[] = {
	[REPORT_OK] = "ok", [REPORT_NOTE] = "note", [REPORT_WARN] = "warn", [REPORT_FAIL] = "FAIL"};

void report_init(struct report *r, bool as_json)
{
	r->lines = as_json ? json_array() : NULL;
	r->has_failed = false;
	atomic_store(&r->n, 0);
}

static void add_line(struct report *r, enum report_result result, const char *check,
		     const char *detail, json_t *policy)
{
	json_t *line;

	r->has_failed = r->has_failed || result == REPORT_FAIL;
	atomic_fetch_add(&r->n, 1);
	waiting_hide();
	if (r->lines == NULL) {
		printf("%-4s %s: %s\n", words[result], check, detail);
		/* Show the line now: the next check may have to wait for the network. */
		print_flush();
		return;
	}
	line = json_object();
	json_object_set_new(line, "check", json_string(check));
	json_object_set_new(line, "result", json_string(words[result]));
	json_object_set_new(line, "detail", json_string(detail));
	if (policy != NULL)
		json_object_set(line, "policy", policy);
	json_array_append_new(r->lines, line);
}

void report_add(struct report *r, enum report_result result, const char *check, const char *fmt,
		...)
{
	char detail[REPORT_DETAIL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	add_line(r, result, check, detail, NULL);
}

void report_add_policy(struct report *r, enum report_result result, json_t *policy,
		       const char *detail)
{
	char *text;

	add_line(r, result, "policy", detail, policy);
	if (r->lines == NULL) {
		text = json_dumps(policy, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("%s\n", text != NULL ? text : "(out of memory)");
		free(text);
	}
	json_decref(policy);
}

int report_finish(struct report *r)
{
	if (r->lines != NULL)
		print_json(r->lines);
	r->lines = NULL;
	return r->has_failed ? CTL_FAILED : CTL_OK;
}

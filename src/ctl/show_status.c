/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl status: once, or again and again until somebody ends it. */
#include "ctl/show_status.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "conf/conf.h"
#include "ctl/print.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/status_gather.h"
#include "ctl/status_kept.h"
#include "ctl/status_print.h"

enum { WATCH_MS = 2000 };

/* ECMA-48: to the first line, and all of the screen cleared. */
#define SCREEN_CLEAR "\033[H\033[2J"

/* https://no-color.org: any value but the empty one. */
static bool has_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0') &&
	       !(term != NULL && strcmp(term, "dumb") == 0);
}

static int find_only(const struct session *s, const struct ctl_args *args, struct fqdn *ret,
		     struct errinfo *ei)
{
	if (args->n == 0)
		return 0;
	if (fqdn_complete(slice_of(args->operand[0]), &s->conf->zones[0].name, ret) == 0)
		return 0;
	return err_set(ei, ERR_INVAL, "\"%s\" is not a host name", args->operand[0]);
}

static int exit_status(const struct status_facts *facts)
{
	if (!facts->is_answered)
		return CTL_NO_ANSWER;
	return status_is_in_trouble(facts) ? CTL_FAILED : CTL_OK;
}

static int print_facts(const struct status_facts *facts, const struct ctl_args *args)
{
	int err = 0;

	if (args->json)
		status_print_json(facts, args->n > 0);
	else if (args->n > 0)
		err = status_print_host(facts, stdout);
	else
		err = status_print_all(facts, has_colours(), stdout);
	return err == 0 ? exit_status(facts) : ctl_fail("out of memory");
}

/* A name that nobody has is most likely misspelt. */
static int show(struct session *s, const struct ctl_args *args, const struct fqdn *only,
		struct status_kept *kept)
{
	static struct status_facts facts;
	struct errinfo ei = ERRINFO_INIT;
	int err = status_gather(s, only->len > 0 ? only : NULL, kept, &facts, &ei), status;

	if (err != 0)
		status = ctl_fail("%s", ei.text);
	else if (only->len > 0 && facts.rows.n == 0 && facts.is_complete)
		status = ctl_fail("no account has %s", only->text);
	else
		status = print_facts(&facts, args);
	status_facts_fini(&facts);
	return status;
}

/* Until a signal ends it, or nobody reads. */
static int watch(struct session *s, const struct ctl_args *args, const struct fqdn *only)
{
	struct errinfo ei = ERRINFO_INIT;
	struct status_kept kept = {.rows_ms = 0};

	for (;;) {
		if (isatty(STDOUT_FILENO) == 1 && !args->json)
			fputs(SCREEN_CLEAR, stdout);
		show(s, args, only, &kept);
		if (print_finish(&ei) != 0)
			break;
		session_sleep(s, WATCH_MS);
	}
	status_kept_fini(&kept);
	return ctl_fail("%s", ei.text);
}

int ctl_status(const struct ctl_args *args)
{
	struct session s = {.conf = NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct fqdn only = {.len = 0};
	int status;

	if (session_load(&s, args, &ei) != 0 || find_only(&s, args, &only, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else
		status = args->watch ? watch(&s, args, &only) : show(&s, args, &only, NULL);
	session_close(&s);
	return status;
}

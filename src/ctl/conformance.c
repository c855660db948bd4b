/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl conformance URL: the public rows of docs/PROTOCOL.md against any dyndns2 server. */
#include "ctl/conformance.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/args.h"
#include "ctl/conform_restore.h"
#include "ctl/conform_server.h"
#include "ctl/input.h"
#include "ctl/interrupt.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/say.h"
#include "dyndns/user_password.h"

enum { SAID_MAX = 1024 };

/* One run. */
struct conformance {
	struct conform_server server;
	struct conform_originals originals;
	struct conform_row rows[CONFORM_ROWS_MAX];
	size_t n_rows;
	size_t counts[3]; /* by enum conform_result */
	struct progress progress;
	json_t *lines; /* NULL: text */
	char password[QUERY_PASSWORD_MAX + 2];
};

static const char *const result_names[] = {[CONFORM_PASSES] = "passes",
					   [CONFORM_DEVIATES] = "deviates",
					   [CONFORM_UNJUDGED] = "unjudged"};

static void report_text(const struct conform_row *row, enum conform_result result,
			const char *found)
{
	printf("%-8s  %.*s: %.*s\n", result_names[result], (int)row->rules.len, row->rules.p,
	       (int)row->what.len, row->what.p);
	if (result != CONFORM_PASSES)
		printf("          %s\n", found);
	if (result == CONFORM_DEVIATES)
		printf("          hurts %.*s\n", (int)row->hurts.len, row->hurts.p);
	print_flush();
}

static void report(struct conformance *c, const struct conform_row *row, enum conform_result result,
		   const char *found)
{
	c->counts[result]++;
	progress_wipe(&c->progress);
	if (c->lines == NULL)
		report_text(row, result, found);
	else
		json_array_append_new(c->lines,
				      json_pack("{s:s%, s:s%, s:s, s:s*, s:s%}", "rules",
						row->rules.p, row->rules.len, "what", row->what.p,
						row->what.len, "result", result_names[result],
						"found", *found != '\0' ? found : NULL, "hurts",
						row->hurts.p, row->hurts.len));
	progress_add(&c->progress, 1);
}

static int run_rows(struct conformance *c, struct errinfo *ei)
{
	struct buf found;
	size_t i;
	int err = 0;

	buf_init(&found, SAID_MAX);
	progress_begin(&c->progress, "rows asked", c->server.names.host, c->n_rows, c->server.rate);
	for (i = 0; i < c->n_rows && err == 0; i++) {
		enum conform_result result;

		buf_reset(&found);
		err = conform_server_ask(&c->server, &c->rows[i], &result, &found, ei);
		if (err == 0)
			report(c, &c->rows[i], result, buf_str(&found));
	}
	progress_wipe(&c->progress);
	buf_fini(&found);
	return err;
}

static void finish(struct conformance *c, const char *said, const char *stopped)
{
	const size_t *n = c->counts;
	unsigned requests = c->server.n_requests;

	if (c->lines == NULL) {
		printf("%zu pass, %zu deviate, %zu unjudged; %u requests\n%s%s", n[CONFORM_PASSES],
		       n[CONFORM_DEVIATES], n[CONFORM_UNJUDGED], requests, said,
		       *said != '\0' ? "\n" : "");
		return;
	}
	print_json(json_pack("{s:s, s:O, s:I, s:I, s:I, s:I, s:s, s:s*}", "server", c->server.base,
			     "rows", c->lines, "pass", (json_int_t)n[CONFORM_PASSES], "deviate",
			     (json_int_t)n[CONFORM_DEVIATES], "unjudged",
			     (json_int_t)n[CONFORM_UNJUDGED], "requests", (json_int_t)requests,
			     "afterwards", said, "stopped", stopped));
}

/* Whatever stopped the rows, the addresses are put back; a second signal ends even that. */
static int run(struct conformance *c)
{
	struct errinfo ei = ERRINFO_INIT;
	struct buf said;
	int err;

	buf_init(&said, SAID_MAX);
	interrupt_guard_begin();
	err = run_rows(c, &ei);
	conform_server_end(&c->server);
	conform_restore(&c->server, &c->originals, &said);
	interrupt_guard_end();
	finish(c, buf_str(&said), err != 0 ? ei.text : NULL);
	buf_fini(&said);
	if (err != 0)
		return ctl_fail("%s", ei.text);
	return c->counts[CONFORM_DEVIATES] == 0 ? CTL_OK : CTL_FAILED;
}

static bool is_agreed(const struct conformance *c, const struct ctl_args *args)
{
	const struct conform_names *names = &c->server.names;

	if (args->yes)
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr,
		"%s will change the addresses of %s%s%s, some forty times in two minutes, and get "
		"back what DNS has of them now. Go on? [y/N] ",
		c->server.base, names->host, names->second != NULL ? " and " : "",
		names->second != NULL ? names->second : "");
	return input_agrees();
}

static int take_args(struct conformance *c, const struct ctl_args *args, struct errinfo *ei)
{
	uint64_t rate = 1;
	int err = conform_server_init(&c->server, args->operand[0], ei);

	if (err != 0)
		return err;
	if (args->user == NULL || args->hosts.n == 0)
		return err_set(ei, ERR_INVAL, "needs --user NAME and --host NAME");
	if (args->hosts.n > CONFORM_HOSTS_MAX)
		return err_set(ei, ERR_INVAL, "takes --host once or twice");
	if (args->rate != NULL)
		str_parse_uint(slice_of(args->rate), CTL_RATE_MAX, &rate);
	c->server.rate = (unsigned)rate;
	c->server.user = args->user;
	c->server.password = c->password;
	c->server.cacert = args->cacert;
	c->server.names.host = args->hosts.at[0];
	c->server.names.second = args->hosts.n > 1 ? args->hosts.at[1] : NULL;
	return 0;
}

static void look_up(struct conformance *c, const struct ctl_args *args)
{
	struct resolvers resolvers;

	resolver_system(&resolvers);
	if (args->resolver != NULL &&
	    resolver_parse(slice_of(args->resolver), &resolvers.at[0]) == 0)
		resolvers.n = 1;
	conform_look_up(&c->server, &resolvers, &c->originals);
}

static int conformance(struct conformance *c, const struct ctl_args *args)
{
	struct errinfo ei = ERRINFO_INIT;

	if (fetch_check(&ei) != 0)
		return ctl_fail("%s", ei.text);
	if (take_args(c, args, &ei) != 0)
		return ctl_wrong_usage("%s", ei.text);
	if (conform_table_parse(conform_table_lines, conform_table_n_lines, c->rows,
				CONFORM_ROWS_MAX, &c->n_rows, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (!is_agreed(c, args))
		return ctl_wrong_usage("changes nothing without a yes: give --yes where nobody can "
				       "be asked");
	if (input_secret("Password: ", c->password, sizeof(c->password), &ei) != 0)
		return ctl_fail("%s", ei.text);
	look_up(c, args);
	if (args->json)
		c->lines = json_array();
	return run(c);
}

int ctl_conformance(const struct ctl_args *args)
{
	struct conformance *c = calloc(1, sizeof(*c));
	int status;

	if (c == NULL)
		return ctl_fail("out of memory");
	status = conformance(c, args);
	json_decref(c->lines);
	explicit_bzero(c->password, sizeof(c->password));
	free(c);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/credential_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client_int.h"
#include "aws/keydoc.h"
#include "aws/process_line.h"
#include "base/process_run.h"

enum { SHOWN_SIZE = 64, ORIGIN_SIZE = 112, DEFAULT_TIMEOUT_MS = 10000 };

struct process {
	struct aws_provider base;
	struct aws_client *client;
	struct process_run *run; /* NULL: no question is open */
	struct aws_credentials_wait *asker;
	char *line; /* its arguments may be secrets */
	char origin[ORIGIN_SIZE];
};

static void process_answer(struct process *p, int err, struct aws_credentials *creds,
			   const struct errinfo *why)
{
	struct aws_credentials_wait *w = p->asker;

	p->asker = NULL;
	w->done(w->arg, err, creds, why);
	aws_credentials_unref(creds);
}

/* why: what is wrong with the line, or with what the program did. */
static void process_fail(struct process *p, int err, const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;

	if (err != ERR_NOMEM)
		err = ERR_UNAVAILABLE;
	err_set(&ei, err, "%s: %s", p->origin, why->text[0] != '\0' ? why->text : err_str(err));
	process_answer(p, err, NULL, &ei);
}

static void process_on_end(void *arg, const struct process_run_end *end)
{
	struct process *p = arg;
	struct aws_credentials *creds = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	p->run = NULL;
	if (end->err != 0) {
		process_fail(p, end->err, end->why);
		return;
	}
	err = aws_keydoc_parse_process(end->output, p->origin, &creds, &ei);
	process_answer(p, err, creds, err != 0 ? &ei : NULL);
}

static int process_begin(struct process *p, struct errinfo *ei)
{
	struct aws_process_line line = {0};
	struct process_run_request req = {
		.timeout_ms = p->client->process_timeout_ms,
		.keeps_output = true,
	};
	char **env = NULL;
	int err = aws_process_line_parse(slice_of(p->line), &line, ei);

	if (err == 0) {
		env = aws_process_env(p->client->env);
		err = env != NULL ? 0 : ERR_NOMEM;
	}
	if (req.timeout_ms == 0)
		req.timeout_ms = DEFAULT_TIMEOUT_MS;
	req.argv = line.argv;
	req.env = env;
	if (err == 0)
		err = process_run_start(p->client->loop, &req, process_on_end, p, &p->run, ei);
	free(env);
	aws_process_line_fini(&line);
	return err;
}

static void process_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct process *p = (struct process *)base;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	(void)refresh;
	p->asker = w;
	err = process_begin(p, &ei);
	if (err != 0)
		process_fail(p, err, &ei);
}

static void process_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct process *p = (struct process *)base;

	(void)w;
	if (p->run != NULL)
		process_run_cancel(p->run);
	p->run = NULL;
	p->asker = NULL;
}

static void process_close(struct aws_provider *base)
{
	struct process *p = (struct process *)base;

	str_free_secret(p->line);
	free(p);
}

int aws_source_new_process(struct aws_client *client, struct slice line, struct slice profile,
			   struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {process_get, process_cancel, process_close};
	struct process *p = calloc(1, sizeof(*p));
	char shown[SHOWN_SIZE];

	if (p == NULL)
		return ERR_NOMEM;
	p->base.ops = &ops;
	p->client = client;
	p->line = strndup(line.p, line.len);
	if (p->line == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	snprintf(p->origin, sizeof(p->origin), "the credential_process of profile %s",
		 str_printable(shown, sizeof(shown), profile));
	*ret = &p->base;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/exec.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/buf.h"
#include "base/process_run.h"
#include "base/str.h"
#include "conf/conf.h"
#include "notify/message_text.h"
#include "notify/notify_target.h"

enum { MS_PER_S = 1000, VARIABLES_MAX = 20, VARIABLES_TEXT_MAX = 16 * 1024, PROGRAM_SIZE = 128 };

struct exec {
	struct notify_target target;
	struct uv_loop_s *loop;
	const struct conf_notify *conf;
	const char *const *env;
	LIST_HEAD(, exec_run) runs;
	unsigned n_runs;
};

struct exec_run {
	struct exec *exec;
	LIST_ENTRY(exec_run) link;
	struct process_run *process; /* NULL: it could not be started, as why says */
	struct errinfo why;
	uv_timer_t later; /* tells that */
	notify_sent_fn *done;
	void *arg;
};

/* ---- what it is given ---- */

/* Strings one after the other, and pointers to them. */
struct variables {
	struct buf text;
	size_t starts[VARIABLES_MAX];
	size_t n;
	char *list[VARIABLES_MAX + 1];
};

static void add_variable(struct variables *v, const char *name, const char *value)
{
	v->starts[v->n++] = v->text.len;
	buf_addf(&v->text, "%s=%s", name, value);
	buf_addc(&v->text, '\0');
}

/* Nothing else of ours: it may hold passwords. */
static void pass_on(struct variables *v, const char *const *env)
{
	static const char *const names[] = {"PATH", "LANG", "LC_ALL", "TZ"};
	struct slice name, value;
	bool has_path = false;
	size_t i;

	for (; env != NULL && *env != NULL; env++) {
		slice_cut(slice_of(*env), '=', &name, &value);
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (slice_eq(name, names[i]) && v->n < sizeof(names) / sizeof(names[0])) {
				add_variable(v, names[i], value.p);
				has_path = has_path || i == 0;
			}
	}
	if (!has_path)
		add_variable(v, "PATH", "/usr/local/bin:/usr/bin:/bin");
}

static int make_variables(struct variables *v, const char *const *env,
			  const struct notify_message *m)
{
	char time_text[MESSAGE_TIME_SIZE], attempt[16];
	size_t i;

	message_time(m->at_s, time_text);
	snprintf(attempt, sizeof(attempt), "%u", m->attempt);
	buf_init(&v->text, VARIABLES_TEXT_MAX);
	v->n = 0;
	pass_on(v, env);
	add_variable(v, "MOORING_EVENT", m->kind);
	add_variable(v, "MOORING_ID", m->id);
	add_variable(v, "MOORING_HOST", m->host);
	add_variable(v, "MOORING_USER", m->user);
	add_variable(v, "MOORING_OLD", m->old);
	add_variable(v, "MOORING_NEW", m->new);
	add_variable(v, "MOORING_TITLE", m->title);
	add_variable(v, "MOORING_TEXT", m->text);
	add_variable(v, "MOORING_AT", time_text);
	add_variable(v, "MOORING_ATTEMPT", attempt);
	for (i = 0; v->text.err == 0 && i < v->n; i++)
		v->list[i] = v->text.data + v->starts[i];
	v->list[v->n] = NULL;
	return v->text.err;
}

/* ---- its end ---- */

static int err_of_end(const struct process_run_end *end)
{
	if (end->status == EXEC_USAGE || end->status == EXEC_DATAERR || end->status == EXEC_NEVER)
		return ERR_REFUSED;
	return end->err;
}

static void on_later_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void exec_tell(struct exec_run *r, int err, const char *what)
{
	char program[PROGRAM_SIZE];
	struct notify_answer answer = {.wait_s = 0};

	str_printable(program, sizeof(program), slice_of(r->exec->conf->command.at[0]));
	err_set(&answer.said, err, "%s: %s", program, what);
	LIST_REMOVE(r, link);
	r->exec->n_runs--;
	r->done(r->arg, err, &answer);
	if (r->process == NULL)
		uv_close((uv_handle_t *)&r->later, on_later_closed);
	else
		free(r);
}

/* A program that is not there today may be there tomorrow. */
static void on_exec_later(uv_timer_t *timer)
{
	struct exec_run *r = timer->data;

	exec_tell(r, r->why.code, r->why.text);
}

static void on_exec_end(void *arg, const struct process_run_end *end)
{
	exec_tell(arg, err_of_end(end),
		  end->err == 0	     ? "it ended with exit status 0"
		  : end->why != NULL ? end->why->text
				     : err_str(end->err));
}

static int exec_start(struct exec_run *r, const struct notify_message *m)
{
	const struct exec *x = r->exec;
	struct variables v;
	struct process_run_request req = {
		.argv = x->conf->command.at,
		.env = v.list,
		.input = slice_of(m->json),
		.timeout_ms = x->conf->timeout_s * MS_PER_S,
		.grace_ms = EXEC_GRACE_MS,
	};
	int err = make_variables(&v, x->env, m);

	if (err == 0)
		err = process_run_start(x->loop, &req, on_exec_end, r, &r->process, &r->why);
	buf_fini(&v.text);
	if (err != ERR_UNAVAILABLE)
		return err;
	uv_timer_init(x->loop, &r->later); /* cannot fail, as its start cannot */
	r->later.data = r;
	uv_timer_start(&r->later, on_exec_later, 0, 0);
	return 0;
}

static int exec_send(struct notify_target *t, const struct notify_message *m, notify_sent_fn *done,
		     void *arg)
{
	struct exec *x = (struct exec *)t;
	struct exec_run *r;
	int err;

	if (x->n_runs == EXEC_RUNS_MAX)
		return ERR_LIMIT;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_NOMEM;
	r->exec = x;
	r->done = done;
	r->arg = arg;
	err = exec_start(r, m);
	if (err != 0) {
		free(r);
		return err;
	}
	LIST_INSERT_HEAD(&x->runs, r, link);
	x->n_runs++;
	return 0;
}

static void exec_close(struct notify_target *t)
{
	struct exec *x = (struct exec *)t;
	struct exec_run *r;

	while ((r = LIST_FIRST(&x->runs)) != NULL) {
		if (r->process != NULL)
			process_run_cancel(r->process);
		exec_tell(r, ERR_CANCELED, err_str(ERR_CANCELED));
	}
	free(x);
}

int notify_exec_new(struct uv_loop_s *loop, const struct conf_notify *c, const char *const *env,
		    struct notify_target **ret)
{
	static const struct notify_target_ops ops = {
		.kind = "exec",
		.send = exec_send,
		.close = exec_close,
	};
	struct exec *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return ERR_NOMEM;
	x->target.ops = &ops;
	x->loop = loop;
	x->conf = c;
	x->env = env;
	*ret = &x->target;
	return 0;
}

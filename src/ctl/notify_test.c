/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/notify_test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/waiting.h"
#include "notify/event.h"
#include "notify/notify_target.h"
#include "ops/targets.h"

struct try_state {
	bool is_done;
	int err;
	struct errinfo said;
};

static void on_tried(void *arg, int err, const struct notify_answer *answer)
{
	struct try_state *t = arg;

	t->is_done = true;
	t->err = err;
	t->said = answer->said;
}

static int make_event(struct event *e, char json[NOTICE_BODY_MAX + 1])
{
	*e = (struct event){.kind = EVENT_TEST, .at_s = clock_wall_s()};
	event_set_text(e, "this is a test by mooringctl: nothing happened");
	if (event_set_id(e, "", (uint64_t)e->at_s << 32 | rand_below(UINT32_MAX)) != 0)
		return ERR_NOMEM;
	return event_write(e, json);
}

static int send_test(struct session *s, struct notify_target *target, struct try_state *t)
{
	char json[NOTICE_BODY_MAX + 1], title[EVENT_TITLE_MAX];
	struct notify_message m = {.host = "", .user = "", .old = "", .new = "", .attempt = 1};
	struct event e;
	int err = make_event(&e, json);

	if (err != 0)
		return err;
	event_title(&e, title);
	m.id = e.id;
	m.kind = event_kind_word(e.kind);
	m.title = title;
	m.text = e.text;
	m.json = json;
	m.at_s = e.at_s;
	err = notify_target_send(target, &m, on_tried, t);
	if (err == 0)
		session_run(s, &t->is_done);
	return err != 0 ? err : t->err;
}

/* True: it took the event. */
static bool try_target(struct session *s, const struct conf_notify *n)
{
	struct try_state t = {.said = ERRINFO_INIT};
	struct notify_target *target = NULL;
	int err = targets_open_one(&s->loop, s->conf, n, &s->backends, &target, &t.said);

	waiting_begin(n->name, "seconds", n->timeout_s, NULL, NULL);
	if (err == 0)
		err = send_test(s, target, &t);
	waiting_end();
	notify_target_close(target);
	printf("%s: %s%s%s\n", n->name, err == 0 ? "delivered" : "not delivered",
	       t.said.text[0] != '\0' ? ": " : "", t.said.text);
	fflush(stdout);
	return err == 0;
}

static int try_all(struct session *s, const struct ctl_args *args)
{
	const char *only = args->n > 0 ? args->operand[0] : NULL;
	size_t i, n = 0, n_failed = 0;

	for (i = 0; i < s->conf->n_notifies; i++) {
		if (only != NULL && strcmp(s->conf->notifies[i].name, only) != 0)
			continue;
		n++;
		n_failed += !try_target(s, &s->conf->notifies[i]);
	}
	if (n == 0)
		return only != NULL ? ctl_fail("the configuration has no notify \"%s\"", only)
				    : ctl_fail("the configuration has no section notify");
	if (n_failed > 0)
		return ctl_fail("%zu of %zu targets did not take it", n_failed, n);
	return CTL_OK;
}

int ctl_notify_test(const struct ctl_args *args)
{
	struct errinfo ei = ERRINFO_INIT;
	struct session s = {.has_loop = false};
	int status;

	if (session_load(&s, args, &ei) != 0 || targets_check(s.conf, &ei) != 0 ||
	    session_become_daemon(&s, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else
		status = try_all(&s, args);
	session_close(&s);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/clear.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/frame.h"
#include "ctl/interrupt.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/records.h"
#include "ctl/removal.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/zone_read.h"

/* A change that is being published is waited for, ten seconds in all; and so many updates may come
 * first. */
enum { CLEAR_WAITS = 100, CLEAR_WAIT_MS = 100, CLEAR_TRIES = 5 };

struct clear {
	struct session *s;
	const struct ctl_args *args;
	struct fqdn name;
	bool v4, v6;		/* the families */
	struct account *a;	/* as it was read last; owned */
	struct addr_pair gone;	/* what is deleted */
	struct host_state ours; /* what the store has since our intent */
	bool is_unsettled;	/* an earlier change may still arrive */
};

static struct addr clear_lost(bool is_cleared, const struct addr *want, const struct addr *owed)
{
	if (!is_cleared && addr_is_set(want))
		return (struct addr){0};
	return addr_is_set(want) ? *want : *owed;
}

bool clear_make_intent(const struct account_host *host, bool v4, bool v6, struct store_intent *ret)
{
	const struct addr_pair owed = host_state_gone(&host->state);
	const struct addr_pair *want = &host->state.want;
	struct store_intent intent = {
		.name = host->name,
		.expect = host->state,
		.want = *want,
		.gone = {clear_lost(v4, &want->v4, &owed.v4), clear_lost(v6, &want->v6, &owed.v6)},
	};

	if (v4)
		intent.want.v4 = (struct addr){0};
	if (v6)
		intent.want.v6 = (struct addr){0};
	if (!(v4 && addr_is_set(&intent.gone.v4)) && !(v6 && addr_is_set(&intent.gone.v6)))
		return false;
	*ret = intent;
	return true;
}

/* An address that is wanted and is being published: nobody knows what the zone has, and when. */
static bool clear_is_owed(const struct clear *c, const struct host_state *s)
{
	return s->pub < s->seq &&
	       ((c->v4 && addr_is_set(&s->want.v4)) || (c->v6 && addr_is_set(&s->want.v6)));
}

static int clear_read(struct clear *c, const struct account_host **ret, struct errinfo *ei)
{
	struct account *a = NULL;
	int err = session_lookup(c->s, c->args->operand[0], &a, ei);

	if (err != 0)
		return err;
	account_free(c->a);
	c->a = a;
	*ret = account_find_host(a, &c->name);
	if (*ret != NULL)
		return 0;
	return err_set(ei, ERR_NOTFOUND, "user \"%s\" does not have %s", a->user, c->name.text);
}

/* Reads the host, until nothing is under way that is to be cleared, or for long enough. */
static int clear_settle(struct clear *c, const struct account_host **ret, struct errinfo *ei)
{
	struct progress progress = {.is_shown = false};
	unsigned n;
	int err = clear_read(c, ret, ei);

	progress_begin_late(&progress, "looks whether its change is published", c->name.text,
			    CLEAR_WAITS);
	for (n = 0; err == 0 && n < CLEAR_WAITS && clear_is_owed(c, &(*ret)->state); n++) {
		session_sleep(c->s, CLEAR_WAIT_MS);
		progress_add(&progress, 1);
		err = clear_read(c, ret, ei);
	}
	progress_wipe(&progress);
	if (err == 0)
		c->is_unsettled = clear_is_owed(c, &(*ret)->state);
	return err;
}

/* Later than what it replaces, whatever the clock says. */
static int64_t clear_moment(const struct host_state *s)
{
	const int64_t now_ms = clock_wall_ms();

	return now_ms > s->wanted_ms ? now_ms : s->wanted_ms + 1;
}

/* 0, with nothing in gone when there is nothing to be cleared. */
static int clear_intend(struct clear *c, struct errinfo *ei)
{
	const struct account_host *host;
	struct store_intent intent;
	struct errinfo why;
	unsigned n;
	int err = ERR_CONFLICT;

	for (n = 0; err == ERR_CONFLICT && n < CLEAR_TRIES; n++) {
		err = clear_settle(c, &host, ei);
		if (err != 0 || !clear_make_intent(host, c->v4, c->v6, &intent))
			return err;
		err_reset(&why);
		intent.wanted_ms = clear_moment(&host->state);
		err = session_intend(c->s, c->a->user, &intent, &why);
	}
	if (err != 0)
		return err_set(ei, err, "%s", why.text);
	c->gone = intent.gone;
	c->ours = intent.expect;
	store_intent_apply(&intent, &c->ours);
	return 0;
}

/* Deletes the records that carry these addresses; once more when an earlier change of somebody else
 * may have arrived after that. */
static int clear_delete(const struct clear *c)
{
	const struct account_host host = {
		.name = c->name,
		.state = {.want = c->gone, .seq = 1, .pub = c->is_unsettled ? 0 : 1},
	};
	int status = removal_of_records(c->s, c->a, &host, 1);

	if (status != 0 || !c->is_unsettled)
		return status;
	fprintf(stderr,
		"mooringctl: %s was being changed: its records are looked at again in %u s\n",
		c->name.text, (unsigned)c->s->conf->settle_time_s);
	session_wait(c->s, c->name.text, 1 + c->s->conf->settle_time_s * 1000);
	return removal_of_records(c->s, c->a, &host, 1);
}

/* Whoever replaced our intent has taken over what it says, unless that is a newer address. */
static int clear_look(struct clear *c)
{
	struct errinfo ei = ERRINFO_INIT;
	const struct account_host *host;

	if (clear_read(c, &host, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if ((c->v4 && addr_is_set(&host->state.want.v4)) ||
	    (c->v6 && addr_is_set(&host->state.want.v6)))
		return ctl_fail("an update of %s has come meanwhile: it has the address of that",
				c->name.text);
	return CTL_OK;
}

static int clear_confirm(struct clear *c)
{
	struct store_confirm done = {
		.name = c->name,
		.seq = c->ours.seq,
		.want = c->ours.want,
		.time_s = c->ours.time_s,
		.ttl = c->ours.ttl,
		.has_gone = true,
	};
	struct errinfo ei = ERRINFO_INIT;
	int err;

	str_copy(done.zone, sizeof(done.zone), slice_of(c->ours.zone));
	err = session_confirm(c->s, c->a->user, &done, &ei);
	if (err == 0)
		return CTL_OK;
	if (err == ERR_CONFLICT)
		return clear_look(c);
	return ctl_fail("the records are deleted, but the store did not take note: %s", ei.text);
}

static void clear_on_set(void *arg, const struct aws_route53_set *set)
{
	records_take(arg, set);
}

/* What the zone has otherwise is none of ours: it stays, with a word about it. */
static void clear_warn(const struct clear *c, const struct backend_zone *zone, const char *type)
{
	struct records_found f = {.name = c->name, .type = type};
	struct errinfo ei = ERRINFO_INIT;

	if (zone_read_one(c->s, zone, &c->name, type, clear_on_set, &f, &ei) == 0 &&
	    f.verdict == RECORDS_OTHERS)
		ctl_fail("warning: %s %s: the zone has %s, which mooring has not published: left "
			 "as it is",
			 c->name.text, type, f.what);
}

static int clear_publish(struct clear *c)
{
	const struct backend_zone *zone = session_zone(c->s, &c->name);
	int status;

	/* A builtin zone is the daemon's: it looks at the store once in a sync-interval. */
	if (zone == NULL || zone->route53 == NULL)
		return CTL_OK;
	interrupt_guard_begin();
	status = clear_delete(c);
	if (status == 0)
		status = clear_confirm(c);
	else
		ctl_fail("what was not deleted stays owed: the host's next update deletes it, or "
			 "the start of a daemon, or this command once more");
	interrupt_guard_end();
	return status;
}

static void clear_say(const struct clear *c, const char *type, bool is_meant,
		      const struct addr *gone)
{
	char text[ADDR_TEXT_MAX];

	if (is_meant && addr_is_set(gone))
		printf("%s %s %s: cleared\n", c->name.text, type, addr_format(gone, text));
	else if (is_meant)
		printf("%s %s: there is none\n", c->name.text, type);
}

static void clear_add(json_t *list, bool is_meant, const struct addr *gone)
{
	char text[ADDR_TEXT_MAX];

	if (is_meant && addr_is_set(gone))
		json_array_append_new(list, json_string(addr_format(gone, text)));
}

/* As the store has it by now. */
static int clear_print(struct clear *c)
{
	struct errinfo ei = ERRINFO_INIT;
	const struct account_host *host;
	json_t *root, *list;

	if (!c->args->json) {
		clear_say(c, "A", c->v4, &c->gone.v4);
		clear_say(c, "AAAA", c->v6, &c->gone.v6);
		return CTL_OK;
	}
	if (clear_read(c, &host, &ei) != 0)
		return ctl_fail("%s", ei.text);
	root = print_host_json(c->a, host);
	list = json_array();
	clear_add(list, c->v4, &c->gone.v4);
	clear_add(list, c->v6, &c->gone.v6);
	json_object_set_new(root, "cleared", list);
	print_json(root);
	return CTL_OK;
}

static int clear_run(struct clear *c)
{
	const struct backend_zone *zone = session_zone(c->s, &c->name);
	struct errinfo ei = ERRINFO_INIT;
	int status = CTL_OK;

	if (clear_intend(c, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (addr_is_set(&c->gone.v4) || addr_is_set(&c->gone.v6))
		status = clear_publish(c);
	if (zone != NULL && zone->route53 != NULL && c->v4 && !addr_is_set(&c->gone.v4))
		clear_warn(c, zone, "A");
	if (zone != NULL && zone->route53 != NULL && c->v6 && !addr_is_set(&c->gone.v6))
		clear_warn(c, zone, "AAAA");
	return status != CTL_OK ? status : clear_print(c);
}

static int host_clear(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct clear c = {.s = s, .args = args, .v4 = args->ipv4, .v6 = args->ipv6};
	int status;

	(void)none;
	if (!c.v4 && !c.v6)
		c.v4 = c.v6 = true;
	if (fqdn_complete(slice_of(args->operand[1]), &s->conf->zones[0].name, &c.name) != 0)
		return ctl_fail("\"%s\" is not a host name", args->operand[1]);
	status = clear_run(&c);
	account_free(c.a);
	return status;
}

int ctl_host_clear(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, host_clear);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/history_list.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/frame.h"
#include "ctl/history_print.h"
#include "ctl/listing.h"
#include "ctl/say.h"

_Static_assert((int)CTL_LAST_MAX == (int)HISTORY_READ_MAX, "one limit");

struct history_list {
	struct listing list;
	size_t n;      /* entries */
	size_t n_last; /* so many of what was read are shown: the rest tells how long they held */
};

static void show_entries(void *arg, const struct history_entry *entries, size_t n)
{
	struct history_list *h = arg;
	size_t i = n > h->n_last ? n - h->n_last : 0;

	h->n = n;
	for (; i < n && h->list.err == 0; i++)
		if (h->list.json != NULL)
			listing_add(&h->list, history_print_json(entries, i));
		else
			h->list.err = history_print_line(h->list.table, entries, i);
}

static int read_entries(struct session *s, const struct fqdn *host, struct history_list *h,
			struct errinfo *ei)
{
	const int64_t now_s = clock_wall_s();

	return session_read_history(s, host, history_since_s(now_s, s->conf->history_days), now_s,
				    show_entries, h, ei);
}

/* The name may be misspelt. */
static void tell_nothing(const struct session *s, const struct fqdn *host)
{
	fprintf(stderr, "mooringctl: nothing was kept of %s in %u days%s\n", host->text,
		s->conf->history_days,
		s->conf->history == CONF_HISTORY_NONE ? ": history is \"none\"" : "");
}

/* The host need not be anybody's any more. */
static int list_history(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct history_list h = {.n_last = HISTORY_READ_MAX};
	struct errinfo ei = ERRINFO_INIT;
	struct fqdn host;
	uint64_t last;

	(void)none;
	if (fqdn_complete(slice_of(args->operand[0]), &s->conf->zones[0].name, &host) != 0)
		return ctl_fail("\"%s\" is not a host name", args->operand[0]);
	if (args->last != NULL && str_parse_uint(slice_of(args->last), CTL_LAST_MAX, &last) == 0)
		h.n_last = (size_t)last;
	listing_begin(&h.list, args->json, HISTORY_COLUMNS);
	if (listing_end(&h.list, read_entries(s, &host, &h, &ei), &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (h.n == 0 && !args->json)
		tell_nothing(s, &host);
	return CTL_OK;
}

int ctl_history(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, list_history);
}

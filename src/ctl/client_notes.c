/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client_notes.h"

#include <stdarg.h>
#include <stdio.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/client_find.h"
#include "ctl/client_text.h"
#include "ops/server_name.h"

enum { NOTE_MAX = 4096 };

void client_note(json_t *notes, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, NOTE_MAX);
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	json_array_append_new(notes, json_string(buf_str(&text)));
	buf_fini(&text);
}

struct quirk_notes {
	json_t *notes;
	const char *user;
	const struct account *account;
};

static void note_quirk(void *arg, const char *quirk)
{
	const struct quirk_notes *q = arg;
	unsigned bit = account_quirk_parse(slice_of(quirk));

	if (q->account != NULL && (q->account->quirks & bit) != 0)
		return;
	client_note(q->notes, "the account %s the quirk %s: mooringctl user set %s --quirk %s",
		    q->account != NULL ? "lacks" : "needs", quirk, q->user, quirk);
}

void client_note_quirks(json_t *notes, const struct client_text *c, const char *user,
			const struct account *a)
{
	struct quirk_notes q = {notes, user, a};

	client_each_quirk(c, note_quirk, &q);
}

void client_note_listeners(json_t *notes, const struct client_text *c, const struct conf *conf)
{
	static const struct {
		unsigned need;
		struct server_wish wish;
		const char *sentence;
	} rows[] = {
		{CLIENT_NEEDS_QUERY_CREDENTIALS,
		 {.query_login = true},
		 "no address of the configuration takes a login from the query: give one "
		 "query-credentials = \"tls\" in a section listen-at (mooring.conf(5))"},
		{CLIENT_NEEDS_PLAIN_HTTP,
		 {.plain = true},
		 "no address of the configuration serves plain HTTP: set listen-plain "
		 "(mooring.conf(5)); the login then crosses the network readable"},
		{CLIENT_NEEDS_LEGACY_TLS,
		 {.legacy = true},
		 "no address of the configuration takes TLS 1.0 and 1.1: give one tls = \"legacy\" "
		 "in a section listen-at (mooring.conf(5))"},
	};
	unsigned needs = client_needs(c);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((needs & rows[i].need) != 0 && !server_grants(conf, &rows[i].wish))
			client_note(notes, "%s", rows[i].sentence);
}

void client_note_server(json_t *notes, const struct server_name *name)
{
	client_note(
		notes,
		"%s: the name is the first one of the certificate %s, the port that of %s; "
		"where routers meet another one (a proxy, a container), give --server NAME[:PORT]",
		name->text, name->certificate, name->front->at->text);
}

void client_note_account(json_t *notes, const char *user, const struct account *a)
{
	if (a->disabled)
		client_note(notes, "the account is disabled: mooringctl user enable %s", user);
	if (bounds_are_over(&a->bounds, clock_wall_s()))
		client_note(notes,
			    "the account has ended: mooringctl user set %s --valid-until never",
			    user);
	if ((a->flaws & ACCOUNT_MALFORMED) != 0)
		client_note(notes, "the account cannot be used: %s", a->flaw_text);
}

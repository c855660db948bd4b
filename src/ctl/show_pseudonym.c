/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl pseudonym: what the log and the history have in the place of a login or an address. */
#include "ctl/show_pseudonym.h"

#include <jansson.h>
#include <stdio.h>

#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/frame.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/table.h"
#include "net/pseudonym.h"
#include "ops/pseudonym_file.h"

/* Whatever the configuration replaces now: the log of last week may have more. */
static int read_key(const struct session *s, struct errinfo *ei)
{
	if (*s->conf->pseudonym_key_file == '\0')
		return err_set(ei, ERR_INVAL, "the configuration has no pseudonym-key-file");
	return pseudonym_file_setup(s->conf->pseudonym_key_file, PSEUDONYM_ALL, ei);
}

static void list_pseudonym(void *arg, const struct account *a)
{
	struct listing *list = arg;
	char room[PSEUDONYM_LOGIN_MAX];
	const char *const cells[] = {pseudonym_login(a->user, room), a->user};

	if (list->err != 0)
		return;
	if (list->json != NULL)
		listing_add(list, json_pack("{s:s, s:s}", "user", cells[1], "pseudonym", cells[0]));
	else
		list->err = table_add(list->table, cells);
}

static int list_all(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listing list;

	(void)none;
	listing_begin(&list, args->json, 2);
	if (listing_end(&list, session_list(s, list_pseudonym, &list, &ei), &ei) != 0)
		return ctl_fail("%s", ei.text);
	return CTL_OK;
}

/* A login that looks like an address is found by --all. */
static int show_one(const char *word, bool json)
{
	char login[PSEUDONYM_LOGIN_MAX], text[PREFIX_TEXT_MAX];
	struct prefix prefix;
	struct addr addr;
	const char *shown;

	if (addr_parse(slice_of(word), &addr) == 0)
		shown = pseudonym_addr_format(&addr, text);
	else if (prefix_parse(slice_of(word), &prefix) == 0)
		shown = pseudonym_prefix_format(&prefix, text);
	else
		shown = pseudonym_login(word, login);
	if (json)
		print_json(json_pack("{s:s, s:s}", "of", word, "pseudonym", shown));
	else
		puts(shown);
	return CTL_OK;
}

int ctl_pseudonym(const struct ctl_args *args)
{
	struct session s = {.conf = NULL};
	struct errinfo ei = ERRINFO_INIT;
	int status;

	if (args->all != (args->n == 0))
		return ctl_wrong_usage("pseudonym takes a login or an address, or --all");
	/* Before root becomes the owner of the store. */
	if (session_load(&s, args, &ei) != 0 || read_key(&s, &ei) != 0 ||
	    (args->all && session_open_store(&s, &ei) != 0))
		status = ctl_fail("%s", ei.text);
	else if (args->all)
		status = frame_work(&s, args, FRAME_STORE, list_all);
	else
		status = show_one(args->operand[0], args->json);
	session_close(&s);
	return status;
}

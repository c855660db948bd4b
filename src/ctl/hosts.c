/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl host ... */
#include "ctl/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/frame.h"
#include "ctl/listing.h"
#include "ctl/owner_search.h"
#include "ctl/print.h"
#include "ctl/removal.h"
#include "ctl/say.h"

/* In a table where not every name is claimed yet. */
static int search_owners(struct session *s, const struct account *a, struct errinfo *ei)
{
	struct owner_search o = {.hosts = a->hosts, .n_hosts = a->n_hosts, .but = a->user};
	struct store_owners owners = {.n = 0};
	struct errinfo why = ERRINFO_INIT;
	int err = session_list(s, owner_search_see, &o, &why);

	if (err == ERR_DENIED) {
		/* The IAM policy of the serverless stack does not allow Scan. */
		fprintf(stderr,
			"mooringctl: warning: not checked whether another account has "
			"the name: %s\n",
			why.text);
		return 0;
	}
	if (err != 0)
		return err_set(ei, err, "%s", why.text);
	/* A new table has no name without a claim, and never needs to be searched. */
	if (o.n_accounts == 0)
		session_set_claims_complete(s, NULL);
	if (o.user[0] == '\0')
		return 0;
	store_owners_add(&owners, o.user);
	return store_owners_refuse(&owners, a->user, &o.name, ei);
}

/* Finds the owners that the store does not know of when the account is put. */
static int check_owners(struct session *s, const struct account *a, struct errinfo *ei)
{
	bool is_complete = false;
	int err;

	if (!store_has_claims(s->backends.store))
		return 0;
	err = session_claims_are_complete(s, &is_complete, ei);
	if (err != 0)
		return err;
	return is_complete ? 0 : search_owners(s, a, ei);
}

int hosts_check_name(const struct conf *conf, const struct fqdn *name, struct errinfo *ei)
{
	const struct conf_zone *served = conf_find_served(conf, name);

	if (conf_find_zone(conf, name) == NULL)
		return err_set(ei, ERR_INVAL, "%s is in none of the configured zones", name->text);
	if (served == NULL)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "%s is a name server of the zone %s: its address is in the configuration",
		       name->text, served->name.text);
}

int hosts_add(struct session *s, struct account *a, const struct ctl_args *args, struct errinfo *ei)
{
	struct account_host *host = NULL;
	int i;

	for (i = 1; i < args->n; i++) {
		struct errinfo why = ERRINFO_INIT;
		int err = account_add_host(a, slice_of(args->operand[i]), &s->conf->zones[0].name,
					   &host, &why);

		/* To name it is how the others of a malformed account are dropped. */
		if (err == ERR_EXISTS && (a->flaws & ACCOUNT_FLAW_HOSTS) != 0)
			continue;
		if (err != 0)
			return err_set(ei, err, "%s", why.text);
		err = hosts_check_name(s->conf, &host->name, ei);
		if (err != 0)
			return err;
	}
	return args->shared ? 0 : check_owners(s, a, ei);
}

/* Applies --interface-id, which was checked with the command line. What of the account's others
 * cannot be read is replaced by those that can. */
static int set_interface_id(struct account *a, struct account_host *host, const char *text,
			    struct errinfo *ei)
{
	struct interface_id id = {.suffix = {.family = ADDR_NONE}};
	int err = 0;

	if (strcmp(text, "none") != 0)
		err = interface_id_parse(slice_of(text), &id, ei);
	if (err == 0)
		err = account_set_interface_id(a, host, &id, ei);
	if (err != 0 || (a->flaws & ACCOUNT_FLAW_INTERFACE_IDS) == 0)
		return err;
	ctl_fail("warning: what of its interface ids cannot be read is replaced: %s", a->flaw_text);
	account_mend(a, ACCOUNT_FLAW_INTERFACE_IDS);
	return 0;
}

/* ERR_NOTFOUND: the account has none of that name. */
static int find_host(const struct session *s, const struct account *a, const char *text,
		     struct account_host **ret, struct errinfo *ei)
{
	struct fqdn name;

	if (fqdn_complete(slice_of(text), &s->conf->zones[0].name, &name) != 0)
		return err_set(ei, ERR_INVAL, "\"%s\" is not a host name", text);
	*ret = account_find_host(a, &name);
	if (*ret == NULL)
		return err_set(ei, ERR_NOTFOUND, "user \"%s\" does not have %s", a->user,
			       name.text);
	return 0;
}

static int host_set(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct account_host *host = NULL;
	struct errinfo ei = ERRINFO_INIT;

	if (find_host(s, a, args->operand[1], &host, &ei) != 0 ||
	    set_interface_id(a, host, args->interface_id, &ei) != 0 ||
	    session_put(s, a, STORE_REPLACE, &ei) != 0)
		return ctl_fail("%s", ei.text);
	return CTL_OK;
}

int ctl_host_set(const struct ctl_args *args)
{
	if (args->interface_id == NULL)
		return ctl_wrong_usage("host set needs --interface-id");
	return frame_run(args, FRAME_CHANGE, host_set);
}

static int host_add(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct account_host *host = NULL;
	struct errinfo ei = ERRINFO_INIT;

	if (hosts_add(s, a, args, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (args->interface_id != NULL && (find_host(s, a, args->operand[1], &host, &ei) != 0 ||
					   set_interface_id(a, host, args->interface_id, &ei) != 0))
		return ctl_fail("%s", ei.text);
	if ((a->flaws & ACCOUNT_FLAW_HOSTS) != 0) {
		ctl_fail("warning: what of its host names cannot be read is replaced: %s",
			 a->flaw_text);
		account_mend(a, ACCOUNT_FLAW_HOSTS);
	}
	if (session_put(s, a, args->shared ? STORE_REPLACE : STORE_REPLACE_ALONE, &ei) != 0)
		return ctl_fail("%s", ei.text);
	return CTL_OK;
}

int ctl_host_add(const struct ctl_args *args)
{
	if (args->interface_id != NULL && args->n > 2)
		return ctl_wrong_usage(
			"--interface-id is of one host: add the others by themselves");
	return frame_run(args, FRAME_CHANGE, host_add);
}

/* Moves the named hosts from a to gone; all of them or none. */
static int take_hosts(struct session *s, const struct ctl_args *args, struct account *a,
		      struct account_host *gone, size_t *ret_n, struct errinfo *ei)
{
	size_t n = 0;
	int i;

	if ((a->flaws & ACCOUNT_FLAW_HOSTS) != 0)
		return err_set(ei, ERR_PROTOCOL,
			       "%s; \"mooringctl host add\" gives the account names that it can "
			       "have",
			       a->flaw_text);
	for (i = 1; i < args->n; i++) {
		struct account_host *host;
		int err = find_host(s, a, args->operand[i], &host, ei);

		if (err != 0)
			return err;
		gone[n] = *host;
		account_drop_host(a, &gone[n++].name);
	}
	if (a->n_hosts == 0)
		return err_set(ei, ERR_INVAL,
			       "an account keeps at least one host; to remove it: mooringctl user "
			       "remove %s",
			       a->user);
	*ret_n = n;
	return 0;
}

static int host_remove(struct session *s, const struct ctl_args *args, struct account *a)
{
	struct account_host *gone = calloc((size_t)args->n, sizeof(*gone));
	struct errinfo ei = ERRINFO_INIT;
	size_t n = 0;
	int status;

	if (gone == NULL)
		return ctl_fail("out of memory");
	if (take_hosts(s, args, a, gone, &n, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else
		status = removal_of_hosts(s, a, gone, n);
	free(gone);
	return status;
}

int ctl_host_remove(const struct ctl_args *args)
{
	return frame_run(args, FRAME_CHANGE, host_remove);
}

static void list_hosts(void *arg, const struct account *a)
{
	struct listing *list = arg;
	size_t i;

	for (i = 0; i < a->n_hosts && list->err == 0; i++)
		if (list->json != NULL)
			listing_add(list, print_host_json(a, &a->hosts[i]));
		else
			list->err = print_host_line(list->table, a, &a->hosts[i]);
}

/* Lists the hosts of the account that is named, or of all accounts. */
static int fill_list(struct session *s, const struct ctl_args *args, struct listing *list,
		     struct errinfo *ei)
{
	struct account *a = NULL;
	int err;

	if (args->n == 0)
		return session_list(s, list_hosts, list, ei);
	err = session_lookup(s, args->operand[0], &a, ei);
	if (err == 0)
		list_hosts(list, a);
	account_free(a);
	return err;
}

static int host_list(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listing list;

	(void)none;
	listing_begin(&list, args->json, 5);
	if (listing_end(&list, fill_list(s, args, &list, &ei), &ei) != 0)
		return ctl_fail("%s", ei.text);
	return CTL_OK;
}

int ctl_host_list(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, host_list);
}

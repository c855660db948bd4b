/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl client-config CLIENT: the finished configuration of one client. It changes nothing,
 * and never has the account's secret: only its hash is stored. */
#include "ctl/client_config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "ctl/client_find.h"
#include "ctl/client_form.h"
#include "ctl/client_notes.h"
#include "ctl/client_page.h"
#include "ctl/client_text.h"
#include "ctl/print.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/table.h"
#include "dyndns/query.h"
#include "ops/server_name.h"

/* A login of quotes alone has four characters for each, and two around it. */
enum { USER_WORD_MAX = 4 * ACCOUNT_USER_MAX + 2 };

struct work {
	const struct ctl_args *args;
	const struct client_text *client;
	struct session session;
	struct account *account; /* NULL: it could not be looked at */
	struct server_name server;
	size_t n_hosts;
	struct fqdn hosts[QUERY_HOSTS_MAX];
	struct buf user; /* as a word of the shell */
	json_t *notes;	 /* of this server and this account */
};

/* Reads the configuration: without one a server that was named is enough, on a machine that is not
 * the server. */
static int load(struct work *w, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = session_load(&w->session, w->args, &why);

	if (err == 0)
		return 0;
	if (w->args->server == NULL || w->args->conf_path != NULL)
		return err_set(ei, err, "%s%s", why.text,
			       w->args->server == NULL ? "; --server NAME does without" : "");
	client_note(w->notes, "the account was not looked at: %s",
		    err == ERR_NOTFOUND ? "there is no configuration here" : why.text);
	return 0;
}

static int find_server(struct work *w, struct errinfo *ei)
{
	unsigned needs = client_needs(w->client);
	const struct server_wish wish = {
		.plain = (needs & CLIENT_NEEDS_PLAIN_HTTP) != 0,
		.legacy = (needs & CLIENT_NEEDS_LEGACY_TLS) != 0,
		.query_login = (needs & CLIENT_NEEDS_QUERY_CREDENTIALS) != 0,
	};
	struct errinfo why = ERRINFO_INIT;
	int err;

	if (w->session.conf != NULL)
		client_note_listeners(w->notes, w->client, w->session.conf);
	if (w->args->server != NULL)
		return str_copy(w->server.text, sizeof(w->server.text), slice_of(w->args->server));
	err = server_name_find(w->session.conf, &wish, &w->server, &why);
	if (err != 0)
		return err_set(ei, err, "the server's name is not known (%s): give --server NAME",
			       why.text);
	client_note_server(w->notes, &w->server);
	return 0;
}

/* The account tells its host names and quirks; with --host it may be out of reach. */
static int find_account(struct work *w, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err;

	if (w->session.conf == NULL)
		return 0;
	err = session_open_store(&w->session, &why);
	if (err == 0)
		err = session_lookup(&w->session, w->args->user, &w->account, &why);
	if (err == ERR_NOTFOUND || (err != 0 && w->args->hosts.n == 0))
		return err_set(ei, err, "%s", why.text);
	if (err != 0)
		client_note(w->notes, "the account was not looked at: %s", why.text);
	else
		client_note_account(w->notes, buf_str(&w->user), w->account);
	return 0;
}

static void add_host(struct work *w, const struct fqdn *name)
{
	if (w->n_hosts < QUERY_HOSTS_MAX)
		w->hosts[w->n_hosts++] = *name;
}

static int add_given_host(struct work *w, const char *text, struct errinfo *ei)
{
	struct fqdn name;
	int err = fqdn_parse(slice_of(text), &name);

	if (err != 0)
		return err_set(ei, err, "\"%s\" is no host name", text);
	if (w->account != NULL && !account_may_have_host(w->account, &name))
		client_note(w->notes, "the account does not have %s: mooringctl host add %s %s",
			    name.text, buf_str(&w->user), name.text);
	add_host(w, &name);
	return 0;
}

/* Those that were given, or else the account's. */
static int find_hosts(struct work *w, struct errinfo *ei)
{
	size_t i, n = w->account != NULL ? w->account->n_hosts : 0;
	int err = 0;

	for (i = 0; err == 0 && i < w->args->hosts.n; i++)
		err = add_given_host(w, w->args->hosts.at[i], ei);
	for (i = 0; w->args->hosts.n == 0 && i < n; i++)
		add_host(w, &w->account->hosts[i].name);
	if (err == 0 && w->n_hosts == 0)
		return err_set(ei, ERR_NOTFOUND, "%s: give --host NAME",
			       w->account != NULL ? "the account has no host name"
						  : "the account's host names are not known");
	return err;
}

/* One request takes so many names, and some clients take one only. */
static void note_other_hosts(struct work *w)
{
	size_t used = client_takes_hosts(w->client) ? w->n_hosts : 1, i;
	size_t all = w->args->hosts.n > 0 ? w->n_hosts : w->account->n_hosts;

	if (used < w->n_hosts)
		w->n_hosts = used;
	for (i = used; w->args->hosts.n == 0 && i < all && i < QUERY_HOSTS_MAX; i++)
		client_note(w->notes,
			    "the account also has %s: with --host %s this prints its entry",
			    w->account->hosts[i].name.text, w->account->hosts[i].name.text);
	if (w->args->hosts.n > 0 && used < all)
		client_note(w->notes, "this client takes one host name an entry: %s alone is in it",
			    w->hosts[0].text);
	if (all > QUERY_HOSTS_MAX)
		client_note(w->notes, "the account has %zu host names; one request takes %d", all,
			    QUERY_HOSTS_MAX);
}

static int find_out(struct work *w, struct errinfo *ei)
{
	int err = load(w, ei);

	if (err == 0)
		err = find_server(w, ei);
	if (err == 0)
		err = find_account(w, ei);
	if (err == 0)
		err = find_hosts(w, ei);
	if (err != 0)
		return err;
	note_other_hosts(w);
	client_note_quirks(w->notes, w->client, buf_str(&w->user), w->account);
	return 0;
}

static void add_quirk(void *arg, const char *quirk)
{
	json_array_append_new(arg, json_string(quirk));
}

static void print_as_json(const struct work *w, const char *page)
{
	json_t *o = client_page_json(w->client, page), *quirks = json_array();

	client_each_quirk(w->client, add_quirk, quirks);
	if (o != NULL) {
		json_array_extend(w->notes, json_object_get(o, "notes"));
		json_object_set(o, "notes", w->notes);
		json_object_set(o, "quirks", quirks);
	}
	json_decref(quirks);
	print_json(o);
}

static void print_as_text(const struct work *w, const char *page)
{
	const json_t *note;
	size_t i;

	fputs(page, stdout);
	if (json_array_size(w->notes) > 0)
		puts("\n## On this server\n");
	json_array_foreach(w->notes, i, note) {
		printf("- %s\n", json_string_value(note));
	}
}

static int print_client(struct work *w, struct errinfo *ei)
{
	const char *names[QUERY_HOSTS_MAX];
	struct client_values values = {
		.server = w->server.text,
		.user = w->args->user,
		.hosts = names,
		.n_hosts = w->n_hosts,
		.is_plain = (client_needs(w->client) & CLIENT_NEEDS_PLAIN_HTTP) != 0,
	};
	struct buf page;
	size_t i;
	int err;

	for (i = 0; i < w->n_hosts; i++)
		names[i] = w->hosts[i].text;
	buf_init(&page, CLIENT_PAGE_MAX);
	err = client_page(w->client, &values, &page, ei);
	if (err == 0 && w->args->json)
		print_as_json(w, buf_str(&page));
	else if (err == 0)
		print_as_text(w, buf_str(&page));
	buf_fini(&page);
	return err;
}

static int run(const struct ctl_args *args, const struct client_text *client)
{
	struct work w = {.args = args, .client = client, .notes = json_array()};
	struct errinfo ei = ERRINFO_INIT;
	int err;

	buf_init(&w.user, USER_WORD_MAX);
	buf_add_shell_word(&w.user, args->user);
	err = find_out(&w, &ei);
	if (err == 0)
		err = print_client(&w, &ei);
	session_close(&w.session);
	account_free(w.account);
	json_decref(w.notes);
	buf_fini(&w.user);
	return err == 0 ? CTL_OK : ctl_fail("%s", ei.text);
}

static void list_as_json(void)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n_client_texts; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "client", client_texts[i].name,
						      "title", client_texts[i].title));
	print_json(list);
}

static int list(bool as_json)
{
	struct table *t = as_json ? NULL : table_new(2);
	size_t i;
	int err = 0;

	if (as_json) {
		list_as_json();
		return CTL_OK;
	}
	if (t == NULL)
		return ctl_fail("out of memory");
	for (i = 0; err == 0 && i < n_client_texts; i++)
		err = table_add(t,
				(const char *const[]){client_texts[i].name, client_texts[i].title});
	if (err == 0)
		table_print(t, stdout);
	table_free(t);
	return err == 0 ? CTL_OK : ctl_fail("out of memory");
}

int ctl_client_config(const struct ctl_args *args)
{
	const struct client_text *client;
	struct errinfo ei = ERRINFO_INIT;

	if (args->n == 0)
		return list(args->json);
	if (client_find(args->operand[0], &client, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (args->user == NULL)
		return ctl_wrong_usage("client-config %s needs --user NAME", args->operand[0]);
	return run(args, client);
}

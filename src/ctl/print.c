/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>

#include "account/secret.h"
#include "base/clock.h"
#include "base/buf.h"
#include "ctl/table.h"

enum { INTERFACE_ID_TEXT_MAX = sizeof("; interface id ") + ADDR_TEXT_MAX };
enum { HOSTS_TEXT_MAX = ACCOUNT_HOSTS_MAX * (FQDN_TEXT_MAX + 1) + 1 };

/* errno of the first write that failed. What it would have written is dropped, and a later write
 * may succeed, so it has to be remembered. */
static int flush_errno;

void print_flush(void)
{
	errno = 0;
	if (fflush(stdout) != 0 && flush_errno == 0)
		flush_errno = errno;
}

int print_finish(struct errinfo *ei)
{
	bool failed = ferror(stdout) != 0;
	const char *why;

	print_flush();
	if (!failed && flush_errno == 0)
		return 0;
	why = flush_errno != 0 ? strerror(flush_errno) : "a part of it was not taken";
	err_set(ei, ERR_IO, "cannot write to standard output: %s", why);
	flush_errno = 0;
	__fpurge(stdout);
	clearerr(stdout);
	return ERR_IO;
}

void print_json(json_t *root)
{
	if (root == NULL ||
	    (json_dumpf(root, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0 && !ferror(stdout)))
		fputs("mooringctl: out of memory\n", stderr);
	else
		putchar('\n');
	json_decref(root);
}

static json_t *host_names(const struct account *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		json_array_append_new(list, json_string(a->hosts[i].name.text));
	return list;
}

void print_secret(const struct account *a, const char *secret, bool json)
{
	json_t *root;

	if (!json) {
		printf("user:   %s\nsecret: %s\n", a->user,
		       secret != NULL ? secret : "(the one you gave)");
		return;
	}
	root = json_object();
	json_object_set_new(root, "user", json_string(a->user));
	if (secret != NULL)
		json_object_set_new(root, "secret", json_string(secret));
	json_object_set_new(root, "hosts", host_names(a));
	print_json(root);
}

static bool is_malformed(const struct account *a)
{
	return (a->flaws & ACCOUNT_MALFORMED) != 0;
}

static const char *use_of(const struct account *a)
{
	if (a->disabled)
		return "disabled";
	return bounds_are_over(&a->bounds, clock_wall_s()) ? "ended" : "enabled";
}

/* A malformed account serves nobody, whether it is disabled or not. */
static const char *status_of(const struct account *a)
{
	return is_malformed(a) ? "malformed" : use_of(a);
}

int print_account_line(struct table *t, const struct account *a)
{
	const char *cells[3] = {a->user, status_of(a), ""};
	struct buf hosts;
	size_t i;
	int err;

	buf_init(&hosts, HOSTS_TEXT_MAX);
	for (i = 0; i < a->n_hosts; i++)
		buf_addf(&hosts, "%s%s", i > 0 ? " " : "", a->hosts[i].name.text);
	err = buf_err(&hosts);
	cells[2] = buf_str(&hosts);
	if (err == 0)
		err = table_add(t, cells);
	buf_fini(&hosts);
	return err;
}

const char *print_time(int64_t time_s, char out[PRINT_TIME_MAX])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (time_s == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(out, PRINT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return "never";
	return out;
}

/* user may be NULL, and is left out then. */
static json_t *host_state(const char *user, const struct account_host *h)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], when[PRINT_TIME_MAX];
	json_t *o = json_object();

	json_object_set_new(o, "host", json_string(h->name.text));
	if (user != NULL)
		json_object_set_new(o, "user", json_string(user));
	json_object_set_new(o, "ipv4",
			    addr_is_set(&h->state.want.v4)
				    ? json_string(addr_format(&h->state.want.v4, v4))
				    : json_null());
	json_object_set_new(o, "ipv6",
			    addr_is_set(&h->state.want.v6)
				    ? json_string(addr_format(&h->state.want.v6, v6))
				    : json_null());
	if (interface_id_is_set(&h->interface_id))
		json_object_set_new(o, "interface-id",
				    json_string(interface_id_format(&h->interface_id, v6)));
	json_object_set_new(o, "published",
			    json_boolean(h->state.seq > 0 && h->state.pub == h->state.seq));
	json_object_set_new(o, "time",
			    h->state.time_s != 0 ? json_string(print_time(h->state.time_s, when))
						 : json_null());
	return o;
}

json_t *print_host_json(const struct account *a, const struct account_host *h)
{
	return host_state(a->user, h);
}

/* For the end of a line; "" where there is none. */
static const char *id_text(const struct account_host *h, char out[INTERFACE_ID_TEXT_MAX])
{
	char id[ADDR_TEXT_MAX];

	out[0] = '\0';
	if (interface_id_is_set(&h->interface_id))
		snprintf(out, INTERFACE_ID_TEXT_MAX, "; interface id %s",
			 interface_id_format(&h->interface_id, id));
	return out;
}

static const char *host_status(const struct host_state *s)
{
	if (s->seq == 0)
		return "never updated";
	return s->pub == s->seq ? "published" : "waiting to be published";
}

int print_host_line(struct table *t, const struct account *a, const struct account_host *h)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	const char *cells[5] = {h->name.text, a->user, addr_format(&h->state.want.v4, v4),
				addr_format(&h->state.want.v6, v6), host_status(&h->state)};
	size_t i;

	for (i = 2; i < 4; i++)
		if (*cells[i] == '\0')
			cells[i] = "-";
	return table_add(t, cells);
}

static json_t *quirk_names(const struct account *a)
{
	json_t *list = json_array();
	unsigned quirk;
	size_t i;

	for (i = 0; (quirk = account_quirk_at(i)) != 0; i++)
		if ((a->quirks & quirk) != 0)
			json_array_append_new(list, json_string(account_quirk_name(quirk)));
	return list;
}

static void print_quirks(const struct account *a)
{
	unsigned quirk;
	size_t i;

	if (a->quirks == 0)
		return;
	fputs("quirks:  ", stdout);
	for (i = 0; (quirk = account_quirk_at(i)) != 0; i++)
		if ((a->quirks & quirk) != 0)
			printf(" %s", account_quirk_name(quirk));
	putchar('\n');
}

static json_t *source_texts(const struct account *a)
{
	char text[PREFIX_TEXT_MAX];
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->bounds.n_sources; i++)
		json_array_append_new(list,
				      json_string(prefix_format(&a->bounds.sources[i], text)));
	return list;
}

/* Most accounts have none. */
static void add_bounds(json_t *o, const struct account *a)
{
	char text[BOUNDS_UNTIL_TEXT_MAX];

	if (a->bounds.until_s != 0)
		json_object_set_new(o, "valid-until",
				    json_string(bounds_format_until(&a->bounds, text)));
	if (a->bounds.n_sources > 0)
		json_object_set_new(o, "from", source_texts(a));
}

static void print_bounds(const struct account *a)
{
	char until[BOUNDS_UNTIL_TEXT_MAX], source[PREFIX_TEXT_MAX];
	size_t i;

	if (a->bounds.until_s != 0)
		printf("until:    %s\n", bounds_format_until(&a->bounds, until));
	if (a->bounds.n_sources == 0)
		return;
	fputs("from:    ", stdout);
	for (i = 0; i < a->bounds.n_sources; i++)
		printf(" %s", prefix_format(&a->bounds.sources[i], source));
	putchar('\n');
}

static const char *secret_form(const struct account *a)
{
	enum secret_kind kind;

	if ((a->flaws & ACCOUNT_FLAW_SECRET) != 0)
		return "none that can be used";
	if (a->secret == NULL || secret_kind(a->secret, &kind) != 0)
		return "unknown";
	return kind == SECRET_CLEAR ? "clear text" : kind == SECRET_SHA256 ? "sha256" : "crypt";
}

/* 0: none. */
static uint32_t pepper_version(const struct account *a)
{
	uint32_t version = 0;

	if (a->secret != NULL && (a->flaws & ACCOUNT_FLAW_SECRET) == 0)
		secret_unpepper(a->secret, &version);
	return version;
}

json_t *print_account_json(const struct account *a, bool with_state)
{
	json_t *o = json_object(), *states = json_array();
	size_t i;

	json_object_set_new(o, "user", json_string(a->user));
	json_object_set_new(o, "hosts", host_names(a));
	json_object_set_new(o, "ttl", a->ttl != 0 ? json_integer(a->ttl) : json_null());
	json_object_set_new(o, "disabled", json_boolean(a->disabled));
	add_bounds(o, a);
	json_object_set_new(o, "quirks", quirk_names(a));
	json_object_set_new(o, "secret-form",
			    (a->flaws & ACCOUNT_FLAW_SECRET) != 0 ? json_null()
								  : json_string(secret_form(a)));
	if (pepper_version(a) != 0)
		json_object_set_new(o, "pepper", json_integer(pepper_version(a)));
	if (a->flaws != 0)
		json_object_set_new(o, is_malformed(a) ? "malformed" : "ignored",
				    json_string(a->flaw_text));
	for (i = 0; with_state && i < a->n_hosts; i++)
		json_array_append_new(states, host_state(NULL, &a->hosts[i]));
	if (with_state)
		json_object_set(o, "state", states);
	json_decref(states);
	return o;
}

static void print_host(const struct account_host *h)
{
	const struct host_state *s = &h->state;
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], when[PRINT_TIME_MAX], id[INTERFACE_ID_TEXT_MAX];

	if (s->seq == 0) {
		printf("host:     %s (never updated%s)\n", h->name.text, id_text(h, id));
		return;
	}
	addr_format(&s->want.v4, v4);
	addr_format(&s->want.v6, v6);
	printf("host:     %s %s%s%s (%s; last published: %s%s)\n", h->name.text,
	       *v4 != '\0' || *v6 != '\0' ? v4 : "no address",
	       *v4 != '\0' && *v6 != '\0' ? " " : "", v6, host_status(s),
	       print_time(s->time_s, when), id_text(h, id));
}

void print_account(const struct account *a, bool json)
{
	size_t i;

	if (json) {
		print_json(print_account_json(a, true));
		return;
	}
	printf("user:     %s\nstatus:   %s\n", a->user, use_of(a));
	if (a->flaws != 0)
		printf("%s %s\n", is_malformed(a) ? "malformed:" : "ignored: ", a->flaw_text);
	printf("secret:   %s%s\n", (a->flaws & ACCOUNT_FLAW_SECRET) != 0 ? "" : "stored as ",
	       secret_form(a));
	if (pepper_version(a) != 0)
		printf("pepper:   %u\n", (unsigned)pepper_version(a));
	if (a->ttl != 0)
		printf("ttl:      %u\n", (unsigned)a->ttl);
	print_bounds(a);
	print_quirks(a);
	for (i = 0; i < a->n_hosts; i++)
		print_host(&a->hosts[i]);
}

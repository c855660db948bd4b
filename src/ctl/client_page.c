/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client_page.h"

#include <string.h>

#include "base/str.h"
#include "ctl/client_form.h"
#include "ctl/client_text.h"

#define FENCE "```"

/* Of "name:port" or "[address]:port"; NULL: there is no port. */
static const char *port_of(const char *server)
{
	const char *colon = strrchr(server, ':');

	return colon != NULL && strchr(colon, ']') == NULL ? colon + 1 : NULL;
}

static int add_server_name(const struct client_values *v, struct buf *out)
{
	const char *port = port_of(v->server);

	return buf_add(out, v->server,
		       port != NULL ? (size_t)(port - 1 - v->server) : strlen(v->server));
}

static int add_port(const struct client_values *v, struct buf *out)
{
	const char *port = port_of(v->server);

	return buf_adds(out, port != NULL ? port : v->is_plain ? "80" : "443");
}

static int add_hosts(const struct client_values *v, struct buf *out)
{
	size_t i;

	for (i = 0; i < v->n_hosts; i++)
		buf_addf(out, "%s%s", i > 0 ? "," : "", v->hosts[i]);
	return buf_err(out);
}

static int add_host(const struct client_values *v, struct buf *out)
{
	return buf_adds(out, v->hosts[0]);
}

static int add_server(const struct client_values *v, struct buf *out)
{
	return buf_adds(out, v->server);
}

static int add_user(const struct client_values *v, struct buf *out)
{
	return buf_adds(out, v->user);
}

static const struct {
	const char *name;
	const char *what; /* for the sentence */
	int (*add)(const struct client_values *v, struct buf *out);
} sources[] = {
	{"server", "server's name", add_server},
	{"name", "server's name", add_server_name},
	{"port", "port", add_port},
	{"host", "host name", add_host},
	{"hosts", "host name", add_hosts},
	{"user", "login", add_user},
};

enum { N_SOURCES = sizeof(sources) / sizeof(sources[0]) };

/* The placeholder's name between its braces; both are found, or it is no placeholder. */
static bool find_placeholder(struct slice inner, size_t *ret_source, client_form_fn **ret_form)
{
	struct slice what, form;

	slice_cut(inner, ':', &what, &form);
	for (*ret_source = 0; *ret_source < N_SOURCES; ++*ret_source)
		if (slice_eq(what, sources[*ret_source].name))
			break;
	*ret_form = client_form_find(form);
	return *ret_source < N_SOURCES && *ret_form != NULL;
}

static int fill_in(size_t source, client_form_fn *form, const struct client_text *c,
		   const struct client_values *v, struct buf *out, struct errinfo *ei)
{
	struct buf value;
	int err;

	buf_init(&value, CLIENT_PAGE_MAX);
	err = sources[source].add(v, &value);
	if (err == 0)
		err = form(out, buf_str(&value));
	if (err == ERR_INVAL)
		err_set(ei, err, "the %s \"%s\" has a character that %s cannot be told",
			sources[source].what, buf_str(&value), c->title);
	else if (err != 0)
		err_set(ei, err, "%s", err_str(err));
	buf_fini(&value);
	return err;
}

int client_page(const struct client_text *c, const struct client_values *v, struct buf *out,
		struct errinfo *ei)
{
	const char *p = c->text, *open, *close;
	client_form_fn *form;
	size_t source;
	int err = 0;

	while (err == 0 && (open = strstr(p, "{{")) != NULL) {
		close = strstr(open, "}}");
		buf_add(out, p, (size_t)(open - p));
		p = open + 2;
		if (close != NULL &&
		    find_placeholder((struct slice){p, (size_t)(close - p)}, &source, &form)) {
			err = fill_in(source, form, c, v, out, ei);
			p = close + 2;
		} else {
			buf_adds(out, "{{");
		}
	}
	buf_adds(out, p);
	return err != 0 ? err : buf_err(out) != 0 ? err_set(ei, buf_err(out), "out of memory") : 0;
}

bool client_takes_hosts(const struct client_text *c)
{
	return strstr(c->text, "{{hosts") != NULL;
}

static bool next_line(const char **p, struct slice *ret)
{
	const char *end = strchrnul(*p, '\n');

	*ret = (struct slice){*p, (size_t)(end - *p)};
	if (**p == '\0')
		return false;
	*p = *end != '\0' ? end + 1 : end;
	return true;
}

/* What was collected is the next item of notes; the title is in a member of its own. */
static void end_note(struct buf *note, json_t *notes)
{
	if (note->len > 0 && buf_str(note)[0] != '#')
		json_array_append_new(notes, json_string(buf_str(note)));
	buf_reset(note);
}

static void append_line(struct buf *to, struct slice line)
{
	if (to->len > 0)
		buf_addc(to, '\n');
	buf_add(to, line.p, line.len);
}

/* Where a line of the page goes. */
enum place { IN_NOTES, IN_CONFIG, IN_OTHER_FENCE };

struct pieces {
	enum place place;
	struct buf config, note;
	json_t *notes;
};

/* A fence begins or ends; one that says what it holds is for the server, and a note. */
static void pass_fence(struct pieces *p, struct slice line)
{
	if (p->place == IN_NOTES)
		end_note(&p->note, p->notes);
	if (p->place == IN_CONFIG)
		p->place = IN_NOTES;
	else if (p->place == IN_NOTES && slice_eq(line, FENCE)) {
		p->place = IN_CONFIG;
		if (p->config.len > 0)
			buf_addc(&p->config, '\n');
	} else {
		append_line(&p->note, line);
		p->place = p->place == IN_NOTES ? IN_OTHER_FENCE : IN_NOTES;
	}
}

static void take_line(struct pieces *p, struct slice line)
{
	bool is_fence = line.len >= strlen(FENCE) && memcmp(line.p, FENCE, strlen(FENCE)) == 0;

	if (is_fence)
		pass_fence(p, line);
	else if (line.len == 0 && p->place == IN_NOTES)
		end_note(&p->note, p->notes);
	else
		append_line(p->place == IN_CONFIG ? &p->config : &p->note, line);
}

json_t *client_page_json(const struct client_text *c, const char *page)
{
	struct pieces p = {.place = IN_NOTES, .notes = json_array()};
	struct slice line;
	json_t *o = NULL;

	buf_init(&p.config, CLIENT_PAGE_MAX);
	buf_init(&p.note, CLIENT_PAGE_MAX);
	while (next_line(&page, &line))
		take_line(&p, line);
	end_note(&p.note, p.notes);
	if (buf_err(&p.config) == 0 && buf_err(&p.note) == 0)
		o = json_pack("{s:s, s:s, s:s, s:O}", "client", c->name, "title", c->title,
			      "config", buf_str(&p.config), "notes", p.notes);
	json_decref(p.notes);
	buf_fini(&p.config);
	buf_fini(&p.note);
	return o;
}

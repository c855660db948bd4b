/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook_form.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/template.h"
#include "notify/mail_word.h"
#include "notify/message_text.h"

/* Of Gotify: from 4 on there is a sound, from 8 on it cannot be overlooked. */
enum { GOTIFY_NORMAL = 5, GOTIFY_HIGH = 8 };

static const char type_json[] = "application/json";
static const char type_text[] = "text/plain; charset=utf-8";

const char *webhook_token_header(enum conf_notify_format format)
{
	return format == CONF_FORMAT_GOTIFY ? "X-Gotify-Key" : "Authorization";
}

const char *webhook_token_prefix(enum conf_notify_format format)
{
	return format == CONF_FORMAT_GOTIFY ? "" : "Bearer ";
}

/* Takes over the reference. */
static int take_json(struct webhook_form *f, json_t *json)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	int err = text != NULL ? buf_adds(&f->body, text) : ERR_NOMEM;

	f->content_type = type_json;
	free(text);
	json_decref(json);
	return err;
}

static int make_ntfy(struct webhook_form *f, const struct notify_message *m)
{
	f->content_type = type_text;
	f->priority = message_is_trouble(m) ? "high" : NULL;
	buf_adds(&f->body, m->text);
	mail_word_add(&f->title, slice_of(m->title), 0);
	return f->body.err != 0 ? f->body.err : f->title.err;
}

static int make_gotify(struct webhook_form *f, const struct notify_message *m)
{
	return take_json(f, json_pack("{s:s, s:s, s:i, s:{s:{s:s}}}", "title", m->title, "message",
				      m->text, "priority",
				      message_is_trouble(m) ? GOTIFY_HIGH : GOTIFY_NORMAL, "extras",
				      "client::display", "contentType", "text/plain"));
}

static int make_apprise(struct webhook_form *f, const struct notify_message *m)
{
	return take_json(f, json_pack("{s:s, s:s, s:s, s:s}", "title", m->title, "body", m->text,
				      "type", message_is_trouble(m) ? "warning" : "info", "format",
				      "text"));
}

/* ---- services that read marks in a text ---- */

typedef int add_char_fn(struct buf *out, struct slice c);

/* https://docs.slack.dev/messaging/formatting-message-text: these three mean something. */
static int add_for_slack(struct buf *out, struct slice c)
{
	if (slice_eq(c, "&"))
		return buf_adds(out, "&amp;");
	if (slice_eq(c, "<"))
		return buf_adds(out, "&lt;");
	if (slice_eq(c, ">"))
		return buf_adds(out, "&gt;");
	return buf_add(out, c.p, c.len);
}

static int add_for_discord(struct buf *out, struct slice c)
{
	if (c.len == 1 && strchr("\\*_~`|>#[]()-<@:", *c.p) != NULL)
		buf_addc(out, '\\');
	return buf_add(out, c.p, c.len);
}

/* Cuts a text that would be too long between two characters. What is no UTF-8 ends it. */
static void add_marked(struct buf *out, const char *text, add_char_fn *add)
{
	struct slice rest = slice_of(text);
	size_t len;

	while ((len = str_utf8_length(rest)) > 0 && out->len < WEBHOOK_TEXT_MAX) {
		add(out, (struct slice){rest.p, len});
		rest = (struct slice){rest.p + len, rest.len - len};
	}
	if (rest.len > 0)
		buf_adds(out, "...");
}

static int make_marked(struct webhook_form *f, const struct notify_message *m, add_char_fn *add)
{
	bool is_slack = add == add_for_slack;
	struct buf text;
	int err;

	buf_init(&text, 2 * WEBHOOK_TEXT_MAX);
	add_marked(&text, m->title, add);
	buf_addc(&text, '\n');
	add_marked(&text, m->text, add);
	err = buf_err(&text);
	if (err == 0)
		/* Nobody is called, whatever a name looks like, and nothing is printed bold: what
		 * else is a mark to Slack, as "_" and "*", nothing escapes. */
		err = take_json(
			f, is_slack ? json_pack("{s:s, s:b}", "text", buf_str(&text), "mrkdwn", 0)
				    : json_pack("{s:s, s:{s:[]}}", "content", buf_str(&text),
						"allowed_mentions", "parse"));
	buf_fini(&text);
	return err;
}

/* ---- a body of the administrator's ---- */

/* A place may stand at the beginning of a plain text. */
static bool is_of_json(const char *template)
{
	return *template == '[' ||
	       (*template == '{' && !(template[1] >= 'a' && template[1] <= 'z'));
}

static int make_template(struct webhook_form *f, const char *template,
			 const struct notify_message *m)
{
	const bool is_json = is_of_json(template);

	f->content_type = is_json ? type_json : type_text;
	return message_add_template(&f->body, template, is_json ? TEMPLATE_JSON : TEMPLATE_TEXT, m);
}

/* A text in the place of each part, but for the numbers: what is no JSON then never is. */
int webhook_form_check(const char *template, struct errinfo *ei)
{
	const struct notify_message m = {
		.id = "x",
		.kind = "x",
		.host = "x",
		.user = "x",
		.old = "x",
		.new = "x",
		.title = "x",
		.text = "x",
		.attempt = 1,
	};
	struct webhook_form f;
	json_t *doc = NULL;
	int err = webhook_form_make(CONF_FORMAT_TEMPLATE, template, &m, &f);

	if (err == 0 && f.content_type == type_json) {
		doc = json_loads(buf_str(&f.body), 0, NULL);
		if (doc == NULL)
			err = err_set(ei, ERR_INVAL,
				      "body: it begins as JSON, and is none with the parts in "
				      "their places");
	}
	json_decref(doc);
	webhook_form_fini(&f);
	return err;
}

int webhook_form_make(enum conf_notify_format format, const char *template,
		      const struct notify_message *m, struct webhook_form *ret)
{
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, WEBHOOK_BODY_MAX);
	buf_init(&ret->title, WEBHOOK_TITLE_MAX);
	switch (format) {
	case CONF_FORMAT_NTFY:
		return make_ntfy(ret, m);
	case CONF_FORMAT_GOTIFY:
		return make_gotify(ret, m);
	case CONF_FORMAT_APPRISE:
		return make_apprise(ret, m);
	case CONF_FORMAT_SLACK:
		return make_marked(ret, m, add_for_slack);
	case CONF_FORMAT_DISCORD:
		return make_marked(ret, m, add_for_discord);
	case CONF_FORMAT_TEMPLATE:
		return make_template(ret, template, m);
	default:
		ret->content_type = type_json;
		return buf_adds(&ret->body, m->json);
	}
}

void webhook_form_fini(struct webhook_form *f)
{
	buf_fini(&f->body);
	buf_fini(&f->title);
}

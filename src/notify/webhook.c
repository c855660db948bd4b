/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/secret_file.h"
#include "conf/conf.h"
#include "notify/notify_target.h"
#include "notify/token_url.h"
#include "notify/web.h"
#include "notify/webhook_form.h"
#include "notify/webhook_sign.h"

enum {
	KEYS_TEXT_MAX = 1024,
	TOKEN_MAX = TOKEN_URL_SECRET_MAX,
	SIGNATURES_MAX = 256,
	TIME_SIZE = 24,
	/* Beside those of the configuration: type, id, time, signature, token, title, priority. */
	OWN_HEADERS = 7,
};

struct secrets {
	struct webhook_keys keys;
	char *token; /* as it stands in its header; NULL: none */
	char *url;   /* with the token in its place; NULL: that of conf */
};

struct webhook {
	struct notify_target target;
	const struct conf_notify *conf;
	struct notify_web *web;
	struct secrets used, reread;
};

struct headers {
	size_t n;
	struct fetch_header at[OWN_HEADERS + CONF_TEXTS_MAX];
};

/* The administrator's word goes before ours. */
static bool is_overruled(const struct conf_notify *c, const char *name)
{
	struct slice theirs, value;
	size_t i;

	for (i = 0; i < c->headers.n; i++) {
		slice_cut(slice_of(c->headers.at[i]), ':', &theirs, &value);
		if (slice_eq_nocase(theirs, name))
			return true;
	}
	return false;
}

/* value NULL or "": none. */
static void webhook_add_header(struct headers *h, const struct conf_notify *c, const char *name,
			       const char *value)
{
	if (value != NULL && *value != '\0' && !is_overruled(c, name))
		h->at[h->n++] = (struct fetch_header){slice_of(name), slice_of(value)};
}

static void add_own_headers(struct headers *h, const struct conf_notify *c)
{
	struct slice name, value;
	size_t i;

	for (i = 0; i < c->headers.n; i++) {
		slice_cut(slice_of(c->headers.at[i]), ':', &name, &value);
		h->at[h->n++] = (struct fetch_header){name, slice_trim(value, STR_BLANKS)};
	}
}

static int webhook_post(struct webhook *w, const struct headers *h, const struct buf *body,
			notify_sent_fn *done, void *arg)
{
	const bool is_apprise = w->conf->format == CONF_FORMAT_APPRISE;
	const struct notify_web_request req = {
		.url = w->used.url != NULL ? w->used.url : w->conf->url,
		.is_post = true,
		.headers = h->at,
		.n_headers = h->n,
		.body = {buf_str(body), body->len},
		.timeout_s = w->conf->timeout_s,
		/* There is nobody under its key; somebody could not be told. */
		.refused_status = is_apprise ? 204 : 0,
		.again_status = is_apprise ? 424 : 0,
	};

	return notify_web_send(w->web, &req, done, arg);
}

/* What the specification calls the timestamp is that of the attempt. */
static int webhook_send_form(struct webhook *w, const struct notify_message *m,
			     const struct webhook_form *form, notify_sent_fn *done, void *arg)
{
	const struct conf_notify *c = w->conf;
	struct headers h = {.n = 0};
	char time_text[TIME_SIZE];
	int64_t now_s = clock_wall_s();
	struct buf signature;
	int err = 0;

	buf_init(&signature, SIGNATURES_MAX);
	snprintf(time_text, sizeof(time_text), "%" PRId64, now_s);
	if (w->used.keys.n > 0)
		err = webhook_sign(&w->used.keys, m->id, now_s,
				   (struct slice){buf_str(&form->body), form->body.len},
				   &signature);
	webhook_add_header(&h, c, "Content-Type", form->content_type);
	webhook_add_header(&h, c, "webhook-id", m->id);
	webhook_add_header(&h, c, "webhook-timestamp", time_text);
	webhook_add_header(&h, c, "webhook-signature", buf_str(&signature));
	webhook_add_header(&h, c, webhook_token_header(c->format), w->used.token);
	webhook_add_header(&h, c, "Title", buf_str(&form->title));
	webhook_add_header(&h, c, "Priority", form->priority);
	add_own_headers(&h, c);
	if (err == 0)
		err = webhook_post(w, &h, &form->body, done, arg);
	buf_fini(&signature);
	return err;
}

static int webhook_send(struct notify_target *t, const struct notify_message *m,
			notify_sent_fn *done, void *arg)
{
	struct webhook *w = (struct webhook *)t;
	struct webhook_form form;
	int err = webhook_form_make(w->conf->format, w->conf->body, m, &form);

	if (err == 0)
		err = webhook_send_form(w, m, &form, done, arg);
	webhook_form_fini(&form);
	return err;
}

/* ---- its secrets ---- */

static void secrets_fini(struct secrets *s)
{
	str_free_secret(s->token);
	str_free_secret(s->url);
	webhook_keys_wipe(&s->keys);
	s->token = s->url = NULL;
}

static int read_keys(struct secrets *s, const char *path, struct errinfo *ei)
{
	char text[KEYS_TEXT_MAX + 1];
	struct errinfo why = ERRINFO_INIT;
	size_t len = 0;
	int err = secret_file_read("secret-file", path, text, KEYS_TEXT_MAX, &len, ei);

	if (err == 0) {
		err = webhook_keys_parse((struct slice){text, len}, &s->keys, &why);
		if (err != 0)
			err_set(ei, err, "secret-file: %s: %s", path, why.text);
	}
	explicit_bzero(text, sizeof(text));
	return err;
}

static int read_token(struct secrets *s, const struct conf_notify *c, struct errinfo *ei)
{
	const char *prefix = webhook_token_prefix(c->format);
	char *line = NULL;
	int err = secret_file_read_line("token-file", c->token_file, TOKEN_MAX, &line, ei);
	size_t size;

	if (err != 0)
		return err;
	size = strlen(prefix) + strlen(line) + 1;
	s->token = malloc(size);
	if (s->token != NULL)
		snprintf(s->token, size, "%s%s", prefix, line);
	str_free_secret(line);
	return s->token != NULL ? 0 : ERR_NOMEM;
}

/* Wants secrets_fini(), whatever it returns. */
static int read_secrets(struct secrets *s, const struct conf_notify *c, struct errinfo *ei)
{
	int err = *c->secret_file != '\0' ? read_keys(s, c->secret_file, ei) : 0;

	if (err == 0 && token_url_has_place(c->url))
		err = token_url_make(c->url, c->token_file, &s->url, ei);
	else if (err == 0 && *c->token_file != '\0')
		err = read_token(s, c, ei);
	return err;
}

static int webhook_reread(struct notify_target *t, struct errinfo *ei)
{
	struct webhook *w = (struct webhook *)t;

	return read_secrets(&w->reread, w->conf, ei);
}

static void webhook_settle(struct notify_target *t, bool is_taken)
{
	struct webhook *w = (struct webhook *)t;
	struct secrets *gone = is_taken ? &w->used : &w->reread;

	secrets_fini(gone);
	if (is_taken) {
		w->used = w->reread;
		explicit_bzero(&w->reread, sizeof(w->reread));
	}
}

/* ---- its life ---- */

static void webhook_close(struct notify_target *t)
{
	struct webhook *w = (struct webhook *)t;

	notify_web_close(w->web);
	secrets_fini(&w->used);
	secrets_fini(&w->reread);
	free(w);
}

static const struct notify_target_ops webhook_ops = {
	.kind = "webhook",
	.send = webhook_send,
	.close = webhook_close,
	.reread = webhook_reread,
	.settle = webhook_settle,
};

int notify_webhook_new(struct uv_loop_s *loop, const struct conf_notify *c,
		       struct notify_target **ret, struct errinfo *ei)
{
	struct webhook *w = calloc(1, sizeof(*w));
	int err = 0;

	if (w == NULL)
		return ERR_NOMEM;
	w->target.ops = &webhook_ops;
	w->conf = c;
	if (c->format == CONF_FORMAT_TEMPLATE)
		err = webhook_form_check(c->body, ei);
	if (err == 0)
		err = read_secrets(&w->used, c, ei);
	if (err == 0)
		err = notify_web_new(loop, c->ca_file, &w->web, ei);
	if (err != 0) {
		webhook_close(&w->target);
		return err;
	}
	*ret = &w->target;
	return 0;
}

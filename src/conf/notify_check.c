/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/notify_check.h"

#include <string.h>

#include "base/template.h"
#include "conf/uses.h"
#include "net/addr.h"

static bool has_scheme(const char *url, const char *scheme)
{
	struct slice head, rest;

	slice_cut(slice_of(url), ':', &head, &rest);
	return slice_eq_nocase(head, scheme);
}

/* A bearer token is worth as much as a password to whoever sits on the way. */
static int warn_of_token(struct conf_loader *l, const struct conf_place *place,
			 const struct conf_notify *n)
{
	if (*n->token_file != '\0' && has_scheme(n->url, "http"))
		return conf_warn_key(l, place, "token-file",
				     "the token crosses the network readable: the url is http://");
	return 0;
}

/* They say where a request ends, what becomes of the connection, and what is signed: with another
 * value the body is cut off, or is somebody else's (RFC 9110 §7.6.1, §8.6; RFC 9112 §6). */
static bool is_own_header(struct slice name)
{
	static const char *const own[] = {
		"Connection", "Content-Encoding",  "Content-Length",	"Expect",
		"Host",	      "HTTP2-Settings",	   "Keep-Alive",	"Proxy-Connection",
		"TE",	      "Trailer",	   "Transfer-Encoding", "Upgrade",
		"webhook-id", "webhook-signature", "webhook-timestamp",
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (slice_eq_nocase(name, own[i]))
			return true;
	return false;
}

static int check_headers(const struct conf_loader *l, const struct conf_place *place,
			 const struct conf_notify *n)
{
	struct slice name, value;
	size_t i;

	for (i = 0; i < n->headers.n; i++) {
		slice_cut(slice_of(n->headers.at[i]), ':', &name, &value);
		if (is_own_header(name))
			return conf_fail_key(l, place, "headers",
					     "must not have %.*s: mooring says that itself",
					     (int)name.len, name.p);
	}
	return 0;
}

static int check_webhook(struct conf_loader *l, const struct conf_place *place,
			 const struct conf_notify *n)
{
	struct errinfo why = ERRINFO_INIT;

	if (*n->url == '\0')
		return conf_fail_key(l, place, "url", "is needed with type = webhook");
	if (!has_scheme(n->url, "http") && !has_scheme(n->url, "https"))
		return conf_fail_key(l, place, "url",
				     "must begin with http:// or https:// with type = webhook");
	if (n->format == CONF_FORMAT_TEMPLATE && *n->body == '\0')
		return conf_fail_key(l, place, "body", "is needed with format = template");
	if (n->format != CONF_FORMAT_TEMPLATE && *n->body != '\0')
		return conf_fail_key(l, place, "body", "is only used with format = template");
	if (template_check(n->body, conf_body_names, &why) != 0)
		return conf_fail_key(l, place, "body", "%s", why.text);
	if (check_headers(l, place, n) != 0)
		return ERR_INVAL;
	return warn_of_token(l, place, n);
}

/* Not a name that only begins so, which is anybody's. */
static bool is_loopback(const char *url)
{
	const char *start = strstr(url, "://") + 3;
	struct slice authority = {start, strcspn(start, "/?")}, host, port;
	struct addr a;

	if (authority.len >= 5 && memcmp(start, "[::1]", 5) == 0)
		return true;
	slice_cut(authority, ':', &host, &port);
	if (addr_parse(host, &a) == 0)
		return a.family == ADDR_V4 && a.bytes[0] == 127;
	return slice_eq_nocase(host, "localhost");
}

/* Beyond this machine, a password is not sent readable, and mail only by whoever knows it. */
static int check_starttls(struct conf_loader *l, const struct conf_place *place,
			  const struct conf_notify *n)
{
	if (n->starttls)
		return 0;
	if (has_scheme(n->url, "smtps"))
		return conf_fail_key(l, place, "starttls", "is only used with smtp://");
	if (is_loopback(n->url))
		return 0;
	if (*n->user != '\0')
		return conf_fail_key(l, place, "starttls",
				     "must be true with user: its password would be readable");
	return conf_warn_key(l, place, "starttls", "mail crosses the network readable");
}

static int check_smtp(struct conf_loader *l, const struct conf_place *place,
		      const struct conf_notify *n)
{
	if (*n->url == '\0')
		return conf_fail_key(l, place, "url", "is needed with type = smtp");
	if (!has_scheme(n->url, "smtp") && !has_scheme(n->url, "smtps"))
		return conf_fail_key(l, place, "url",
				     "must begin with smtp:// or smtps:// with type = smtp");
	if (*n->from == '\0')
		return conf_fail_key(l, place, "from", "is needed with type = smtp");
	if (n->to.n == 0)
		return conf_fail_key(l, place, "to", "must hold an address with type = smtp");
	if (*n->user != '\0' && *n->password_file == '\0')
		return conf_fail_key(l, place, "password-file", "is needed with user");
	if (*n->user == '\0' && *n->password_file != '\0')
		return conf_fail_key(l, place, "user", "is needed with password-file");
	return check_starttls(l, place, n);
}

/* The daemon's working folder is nobody's business, and PATH is somebody else's. */
static int check_exec(const struct conf_loader *l, const struct conf_place *place,
		      const struct conf_notify *n)
{
	if (n->command.n == 0)
		return conf_fail_key(l, place, "command", "is needed with type = exec");
	if (n->command.at[0][0] != '/')
		return conf_fail_key(l, place, "command",
				     "must begin with the absolute path of a program");
	return 0;
}

static int check_place(struct conf_loader *l, const struct conf_place *place, const char *url,
		       const char *token_file)
{
	if (strstr(url, "{token}") != NULL && *token_file == '\0')
		return conf_fail_key(l, place, "url", "has {token}, which needs token-file");
	return 0;
}

static int check_heartbeat(struct conf_loader *l, const struct conf_place *place,
			   const struct conf_heartbeat *h)
{
	if (*h->url == '\0')
		return conf_fail_key(l, place, "url", "is needed");
	if (*h->token_file != '\0' && strstr(h->url, "{token}") == NULL)
		return conf_fail_key(l, place, "token-file",
				     "is only used with {token} in the url");
	return check_place(l, place, h->url, h->token_file);
}

static int check_one(struct conf_loader *l, const struct conf_place *place,
		     const struct conf_notify *n)
{
	int err = conf_check_uses(l, place, n);

	if (err != 0)
		return err;
	if (n->events.n == 0)
		return conf_fail_key(l, place, "events", "must hold an event");
	err = check_place(l, place, n->url, n->token_file);
	if (err != 0)
		return err;
	switch (n->type) {
	case CONF_NOTIFY_WEBHOOK:
		return check_webhook(l, place, n);
	case CONF_NOTIFY_SMTP:
		return check_smtp(l, place, n);
	case CONF_NOTIFY_SNS:
		return *n->topic != '\0'
			       ? 0
			       : conf_fail_key(l, place, "topic", "is needed with type = sns");
	default:
		return check_exec(l, place, n);
	}
}

int conf_check_notify(struct conf_loader *l)
{
	const struct conf *c = l->conf;
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < c->n_notifies; i++)
		err = check_one(l, &l->notifies[i], &c->notifies[i]);
	for (i = 0; err == 0 && i < c->n_heartbeats; i++)
		err = check_heartbeat(l, &l->heartbeats[i], &c->heartbeats[i]);
	return err;
}

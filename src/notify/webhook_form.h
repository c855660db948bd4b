/* SPDX-License-Identifier: BSD-2-Clause
 * The request that tells a service of a message, in the form that it takes: body and headers. The
 * services' own pages are cited in docs/NOTIFICATIONS.md. Pure; any thread. */
#ifndef MOORING_NOTIFY_WEBHOOK_FORM_H
#define MOORING_NOTIFY_WEBHOOK_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "notify/notify_target.h"

/* A template may be full of the longest part, each character of it escaped: it fits. Discord takes
 * 2000 characters, the others more. */
enum { WEBHOOK_BODY_MAX = 320 * 1024, WEBHOOK_TEXT_MAX = 1900, WEBHOOK_TITLE_MAX = 400 };

struct webhook_form {
	const char *content_type; /* a constant */
	struct buf body;
	struct buf title;     /* ntfy: the value of the header Title; empty: none */
	const char *priority; /* ntfy: that of Priority; NULL: none */
};

/* The header in which a token is sent, and what stands before it. */
const char *webhook_token_header(enum conf_notify_format format);
const char *webhook_token_prefix(enum conf_notify_format format);

/* template is the body of CONF_FORMAT_TEMPLATE: one that begins with "[", or with "{" that is not
 * that of a part, is JSON. Wants webhook_form_fini(), whatever it returns: ERR_NOMEM, ERR_LIMIT,
 * ERR_INVAL for a bad template. */
int webhook_form_make(enum conf_notify_format format, const char *template,
		      const struct notify_message *m, struct webhook_form *ret);
void webhook_form_fini(struct webhook_form *f);
/* Whether a template that begins as JSON is some. ERR_INVAL with a sentence; ERR_NOMEM. */
int webhook_form_check(const char *template, struct errinfo *ei);

#endif

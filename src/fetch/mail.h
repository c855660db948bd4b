/* SPDX-License-Identifier: BSD-2-Clause
 * One mail handed to a server by SMTP (RFC 5321): bounded in time, with verified TLS unless it is
 * forgone; no second attempt. Core thread. */
#ifndef MOORING_FETCH_MAIL_H
#define MOORING_FETCH_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum { FETCH_MAIL_WHY_SIZE = 256 };

struct fetch_mails;
struct fetch_mail;
struct uv_loop_s;

/* All but message is copied; that is borrowed until the end. */
struct fetch_mail_request {
	const char *url;     /* smtps://HOST[:PORT], or smtp:// and then STARTTLS (RFC 3207) */
	bool is_plain;	     /* smtp:// without TLS */
	const char *ca_file; /* NULL: the system's authorities */
	const char *user, *password;   /* NULL: no login (RFC 4954) */
	const char *from;	       /* an address */
	const char *const *recipients; /* n of them: all, or none of them get it */
	size_t n_recipients;
	struct slice message; /* its lines end in CRLF; dots are doubled here */
	unsigned timeout_ms;
};

enum fetch_mail_result {
	FETCH_MAIL_DONE,    /* the server took it */
	FETCH_MAIL_REFUSED, /* it answered with a code of 4xx or 5xx */
	/* It did so before it heard of the mail: it takes none from here, or none now. */
	FETCH_MAIL_TURNED_AWAY,
	FETCH_MAIL_TIMEOUT,
	FETCH_MAIL_UNREACHABLE,
	FETCH_MAIL_UNTRUSTED, /* its certificate is not to be trusted, or it has no TLS */
	FETCH_MAIL_LOGIN,     /* it refused the login */
	FETCH_MAIL_BROKEN,    /* anything else: it may have taken it */
	FETCH_MAIL_NOMEM,
};

/* Valid within the callback. */
struct fetch_mail_reply {
	enum fetch_mail_result result;
	long code;		       /* the last one that it answered with; 0: none */
	char why[FETCH_MAIL_WHY_SIZE]; /* unless DONE: curl's words */
};

typedef void fetch_mail_fn(void *arg, const struct fetch_mail_reply *reply);

/* ERR_NOMEM; ERR_UNAVAILABLE: libcurl has no SMTP; ERR_INVAL: this build has no libcurl. */
int fetch_mails_new(struct uv_loop_s *loop, struct fetch_mails **ret, struct errinfo *ei);
/* None may be under way. Frees in a later turn of the loop; NULL is fine. */
void fetch_mails_close(struct fetch_mails *ms);

/* done is called once, in a later turn of the loop, unless it is cancelled. ERR_NOMEM. */
int fetch_mail_start(struct fetch_mails *ms, const struct fetch_mail_request *req,
		     fetch_mail_fn *done, void *arg, struct fetch_mail **ret);
void fetch_mail_cancel(struct fetch_mail *m);

#endif

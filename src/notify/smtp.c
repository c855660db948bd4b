/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/smtp.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/secret_file.h"
#include "base/str.h"
#include "conf/conf.h"
#include "fetch/mail.h"
#include "notify/host_part.h"
#include "notify/mail_message.h"
#include "notify/notify_target.h"

enum { PASSWORD_MAX = 1024, MS_PER_S = 1000 };

struct smtp {
	struct notify_target target;
	const struct conf_notify *conf;
	struct fetch_mails *mails;
	char *password, *reread; /* NULL: no login */
	char host[HOST_PART_SIZE];
	LIST_HEAD(, smtp_mail) all;
	unsigned n;
};

struct smtp_mail {
	struct smtp *smtp;
	LIST_ENTRY(smtp_mail) link;
	struct fetch_mail *mail;
	struct buf message;
	notify_sent_fn *done;
	void *arg;
};

static void smtp_mail_free(struct smtp_mail *m)
{
	buf_fini(&m->message);
	free(m);
}

static void smtp_tell(struct smtp_mail *m, int err, const struct notify_answer *answer)
{
	LIST_REMOVE(m, link);
	m->smtp->n--;
	m->done(m->arg, err, answer);
	smtp_mail_free(m);
}

/* A login may be refused today because the server's directory is away, and a client because some
 * list has its address. RFC 5321 §4.2.1: 4xx may do later, 5xx never will. */
static int smtp_judge(const struct smtp *s, const struct fetch_mail_reply *r,
		      struct notify_answer *ret)
{
	struct errinfo *ei = &ret->said;

	switch (r->result) {
	case FETCH_MAIL_DONE:
		return err_set(ei, 0, "%s took it", s->host);
	case FETCH_MAIL_REFUSED:
		return err_set(ei, r->code >= 500 ? ERR_REFUSED : ERR_UNAVAILABLE,
			       "%s refused it with %ld: %s", s->host, r->code, r->why);
	case FETCH_MAIL_TURNED_AWAY:
		return err_set(ei, ERR_UNAVAILABLE, "%s takes no mail from here: %s", s->host,
			       r->why);
	case FETCH_MAIL_TIMEOUT:
		return err_set(ei, ERR_TIMEOUT, "%s did not take it within %u seconds", s->host,
			       s->conf->timeout_s);
	case FETCH_MAIL_UNREACHABLE:
		return err_set(ei, ERR_UNAVAILABLE, "%s cannot be reached: %s", s->host, r->why);
	case FETCH_MAIL_UNTRUSTED:
		return err_set(ei, ERR_UNAVAILABLE, "%s is not trusted: %s", s->host, r->why);
	case FETCH_MAIL_LOGIN:
		return err_set(ei, ERR_UNAVAILABLE, "%s refused the login", s->host);
	case FETCH_MAIL_NOMEM:
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	default:
		return err_set(ei, ERR_UNAVAILABLE, "%s broke off: %s", s->host, r->why);
	}
}

static void on_smtp_reply(void *arg, const struct fetch_mail_reply *reply)
{
	struct smtp_mail *m = arg;
	struct notify_answer answer = {.wait_s = 0};
	int err = smtp_judge(m->smtp, reply, &answer);

	smtp_tell(m, err, &answer);
}

static const char *smtp_or_none(const char *s)
{
	return *s != '\0' ? s : NULL;
}

static int smtp_start(struct smtp *s, struct smtp_mail *m)
{
	const struct conf_notify *c = s->conf;
	const struct fetch_mail_request req = {
		.url = c->url,
		.is_plain = !c->starttls,
		.ca_file = smtp_or_none(c->ca_file),
		.user = smtp_or_none(c->user),
		.password = s->password,
		.from = c->from,
		.recipients = (const char *const *)c->to.at,
		.n_recipients = c->to.n,
		.message = {buf_str(&m->message), m->message.len},
		.timeout_ms = c->timeout_s * MS_PER_S,
	};

	return fetch_mail_start(s->mails, &req, on_smtp_reply, m, &m->mail);
}

static int smtp_send(struct notify_target *t, const struct notify_message *message,
		     notify_sent_fn *done, void *arg)
{
	struct smtp *s = (struct smtp *)t;
	struct smtp_mail *m;
	int err;

	if (s->n == SMTP_MAILS_MAX)
		return ERR_LIMIT;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return ERR_NOMEM;
	m->smtp = s;
	m->done = done;
	m->arg = arg;
	buf_init(&m->message, MAIL_MESSAGE_MAX);
	err = mail_message_add(&m->message, message, s->conf->from,
			       (const char *const *)s->conf->to.at, s->conf->to.n);
	if (err == 0)
		err = smtp_start(s, m);
	if (err != 0) {
		smtp_mail_free(m);
		return err;
	}
	LIST_INSERT_HEAD(&s->all, m, link);
	s->n++;
	return 0;
}

static void smtp_close(struct notify_target *t)
{
	struct smtp *s = (struct smtp *)t;
	struct notify_answer answer = {.wait_s = 0};
	struct smtp_mail *m;

	err_set(&answer.said, ERR_CANCELED, "%s", err_str(ERR_CANCELED));
	while ((m = LIST_FIRST(&s->all)) != NULL) {
		fetch_mail_cancel(m->mail);
		smtp_tell(m, ERR_CANCELED, &answer);
	}
	fetch_mails_close(s->mails);
	str_free_secret(s->password);
	str_free_secret(s->reread);
	free(s);
}

static int smtp_read_password(const struct conf_notify *c, char **ret, struct errinfo *ei)
{
	return *c->password_file != '\0' ? secret_file_read_line("password-file", c->password_file,
								 PASSWORD_MAX, ret, ei)
					 : 0;
}

static int smtp_reread(struct notify_target *t, struct errinfo *ei)
{
	struct smtp *s = (struct smtp *)t;

	return smtp_read_password(s->conf, &s->reread, ei);
}

static void smtp_settle(struct notify_target *t, bool is_taken)
{
	struct smtp *s = (struct smtp *)t;
	char *gone = is_taken ? s->password : s->reread;

	if (is_taken)
		s->password = s->reread;
	s->reread = NULL;
	str_free_secret(gone);
}

int notify_smtp_new(struct uv_loop_s *loop, const struct conf_notify *c, struct notify_target **ret,
		    struct errinfo *ei)
{
	static const struct notify_target_ops ops = {
		.kind = "smtp",
		.send = smtp_send,
		.close = smtp_close,
		.reread = smtp_reread,
		.settle = smtp_settle,
	};
	struct smtp *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return ERR_NOMEM;
	s->target.ops = &ops;
	s->conf = c;
	host_part(c->url, s->host);
	err = smtp_read_password(c, &s->password, ei);
	if (err == 0)
		err = fetch_mails_new(loop, &s->mails, ei);
	if (err != 0) {
		smtp_close(&s->target);
		return err;
	}
	*ret = &s->target;
	return 0;
}

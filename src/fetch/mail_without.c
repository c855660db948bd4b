/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/mail.h"

int fetch_mails_new(struct uv_loop_s *loop, struct fetch_mails **ret, struct errinfo *ei)
{
	(void)loop;
	(void)ret;
	return err_set(ei, ERR_INVAL, "this build cannot send mail (configure --without-curl)");
}

void fetch_mails_close(struct fetch_mails *ms)
{
	(void)ms;
}

int fetch_mail_start(struct fetch_mails *ms, const struct fetch_mail_request *req,
		     fetch_mail_fn *done, void *arg, struct fetch_mail **ret)
{
	(void)ms;
	(void)req;
	(void)done;
	(void)arg;
	(void)ret;
	return ERR_CANCELED;
}

void fetch_mail_cancel(struct fetch_mail *m)
{
	(void)m;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/web.h"

int notify_web_new(struct uv_loop_s *loop, const char *ca_file, struct notify_web **ret,
		   struct errinfo *ei)
{
	(void)loop;
	(void)ca_file;
	(void)ret;
	return err_set(ei, ERR_INVAL, "this build has no HTTP client (configure --without-curl)");
}

int notify_web_send(struct notify_web *w, const struct notify_web_request *req,
		    notify_sent_fn *done, void *arg)
{
	(void)w;
	(void)req;
	(void)done;
	(void)arg;
	return ERR_CANCELED;
}

void notify_web_close(struct notify_web *w)
{
	(void)w;
}

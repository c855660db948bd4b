/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mailbox.h"

#include <stdlib.h>
#include <uv.h>

#include "base/err.h"

STAILQ_HEAD(mail_list, mail);

struct mailbox {
	uv_async_t async;
	uv_mutex_t lock;
	struct mail_list mails;
};

static void mailbox_take_all(struct mailbox *mb, struct mail_list *ret)
{
	STAILQ_INIT(ret);
	uv_mutex_lock(&mb->lock);
	STAILQ_CONCAT(ret, &mb->mails);
	uv_mutex_unlock(&mb->lock);
}

static void on_mailbox_async(uv_async_t *async)
{
	struct mail_list mails;
	struct mail *m;

	mailbox_take_all(async->data, &mails);
	while ((m = STAILQ_FIRST(&mails)) != NULL) {
		STAILQ_REMOVE_HEAD(&mails, link);
		m->run(m);
	}
}

int mailbox_new(struct uv_loop_s *loop, struct mailbox **ret)
{
	struct mailbox *mb = calloc(1, sizeof(*mb));

	if (mb == NULL)
		return ERR_NOMEM;
	STAILQ_INIT(&mb->mails);
	if (uv_mutex_init(&mb->lock) != 0)
		goto no_lock;
	if (uv_async_init(loop, &mb->async, on_mailbox_async) != 0)
		goto no_async;
	mb->async.data = mb;
	*ret = mb;
	return 0;
no_async:
	uv_mutex_destroy(&mb->lock);
no_lock:
	free(mb);
	return ERR_NOMEM;
}

void mailbox_post(struct mailbox *mb, struct mail *m, mail_fn *run)
{
	m->run = run;
	uv_mutex_lock(&mb->lock);
	STAILQ_INSERT_TAIL(&mb->mails, m, link);
	uv_mutex_unlock(&mb->lock);
	uv_async_send(&mb->async);
}

static void on_mailbox_closed(uv_handle_t *handle)
{
	struct mailbox *mb = handle->data;

	uv_mutex_destroy(&mb->lock);
	free(mb);
}

void mailbox_close(struct mailbox *mb)
{
	if (mb != NULL)
		uv_close((uv_handle_t *)&mb->async, on_mailbox_closed);
}

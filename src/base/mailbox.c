/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mailbox.h"

#include <stdlib.h>
#include <uv.h>

#include "base/err.h"

struct mailbox {
	uv_async_t async;
	uv_mutex_t lock;
	struct mail *first;
	struct mail **last;
};

static struct mail *take_all(struct mailbox *mb)
{
	struct mail *list;

	uv_mutex_lock(&mb->lock);
	list = mb->first;
	mb->first = NULL;
	mb->last = &mb->first;
	uv_mutex_unlock(&mb->lock);
	return list;
}

static void on_async(uv_async_t *async)
{
	struct mail *m = take_all(async->data), *next;

	for (; m != NULL; m = next) {
		next = m->next;
		m->run(m);
	}
}

int mailbox_new(struct uv_loop_s *loop, struct mailbox **ret)
{
	struct mailbox *mb = calloc(1, sizeof(*mb));

	if (mb == NULL)
		return ERR_NOMEM;
	mb->last = &mb->first;
	if (uv_mutex_init(&mb->lock) != 0)
		goto no_lock;
	if (uv_async_init(loop, &mb->async, on_async) != 0)
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
	m->next = NULL;
	m->run = run;
	uv_mutex_lock(&mb->lock);
	*mb->last = m;
	mb->last = &m->next;
	uv_mutex_unlock(&mb->lock);
	(void)uv_async_send(&mb->async);
}

static void on_closed(uv_handle_t *handle)
{
	struct mailbox *mb = handle->data;

	uv_mutex_destroy(&mb->lock);
	free(mb);
}

void mailbox_close(struct mailbox *mb)
{
	if (mb == NULL)
		return;
	(void)take_all(mb);
	uv_close((uv_handle_t *)&mb->async, on_closed);
}

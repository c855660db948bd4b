/* SPDX-License-Identifier: BSD-2-Clause
 * submit() changes the table at once. Only the done function is called in a later turn of the loop,
 * as dns.h requires. */
#include "dns/builtin.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

#include "dns/dns.h"
#include "dns/zone.h"

/* Bounds the time that one batch takes of the core thread. */
enum { CHANGES_MAX = 1000 };

struct news {
	STAILQ_ENTRY(news) link;
	dns_done_fn *done;
	void *arg;
	int err;
	struct errinfo why;
};

STAILQ_HEAD(news_list, news);

struct builtin {
	struct dns dns;
	struct dns_zone *zone;
	builtin_closed_fn *closed;
	void *closed_arg;
	uv_idle_t later;
	struct news_list news;
};

static struct builtin *builtin_of(struct dns *d)
{
	return (struct builtin *)d;
}

static void take_news(struct builtin *b, struct news_list *ret)
{
	STAILQ_INIT(ret);
	STAILQ_CONCAT(ret, &b->news);
}

static void tell(struct news_list *list)
{
	struct news *news;

	while ((news = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		news->done(news->arg, news->err, news->err < 0 ? &news->why : NULL);
		free(news);
	}
}

/* A done function may close b: nothing of it is touched after the first call. */
static void on_later(uv_idle_t *later)
{
	struct builtin *b = later->data;
	struct news_list pending;

	uv_idle_stop(later);
	take_news(b, &pending);
	tell(&pending);
}

static int builtin_submit(struct dns *d, const struct dns_change *changes, size_t n,
			  dns_done_fn *done, void *arg)
{
	struct builtin *b = builtin_of(d);
	struct news *news = calloc(1, sizeof(*news));

	if (news == NULL)
		return ERR_NOMEM;
	news->done = done;
	news->arg = arg;
	news->err = dns_zone_apply(b->zone, changes, n, &news->why);
	STAILQ_INSERT_TAIL(&b->news, news, link);
	uv_idle_start(&b->later, on_later);
	return 0;
}

static void builtin_reconcile_begin(struct dns *d)
{
	dns_zone_reconcile_begin(builtin_of(d)->zone);
}

static int builtin_reconcile_keep(struct dns *d, const struct fqdn *name,
				  const struct addr_pair *addrs, uint32_t ttl)
{
	return dns_zone_reconcile_keep(builtin_of(d)->zone, name, addrs, ttl);
}

static void builtin_reconcile_end(struct dns *d, bool complete)
{
	dns_zone_reconcile_end(builtin_of(d)->zone, complete);
}

static void on_builtin_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void builtin_close(struct dns *d)
{
	struct builtin *b = builtin_of(d);
	struct news_list pending;
	struct news *news;

	take_news(b, &pending);
	b->closed(b->closed_arg, b->zone);
	dns_zone_free(b->zone);
	uv_close((uv_handle_t *)&b->later, on_builtin_closed);
	STAILQ_FOREACH(news, &pending, link) {
		err_reset(&news->why);
		news->err = err_set(&news->why, ERR_CANCELED, "the name server was stopped");
	}
	tell(&pending);
}

static const struct dns_ops builtin_ops = {
	.name = "builtin",
	.max_changes = CHANGES_MAX,
	.is_volatile = true,
	.close = builtin_close,
	.submit = builtin_submit,
	.reconcile_begin = builtin_reconcile_begin,
	.reconcile_keep = builtin_reconcile_keep,
	.reconcile_end = builtin_reconcile_end,
};

int builtin_new(struct uv_loop_s *loop, struct dns_zone *zone, builtin_closed_fn *closed, void *arg,
		struct dns **ret)
{
	struct builtin *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return ERR_NOMEM;
	b->dns.ops = &builtin_ops;
	b->zone = zone;
	b->closed = closed;
	b->closed_arg = arg;
	STAILQ_INIT(&b->news);
	uv_idle_init(loop, &b->later);
	b->later.data = b;
	*ret = &b->dns;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/certificates.h"

#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "conf/conf.h"
#include "ops/walls.h"

enum { COMMON = CONF_LISTENERS_MAX, SETS_MAX };
/* Between looks at the files, which take some microseconds each: a new pair is in use two looks
 * after it was written. */
enum { LOOK_MS = 1000 };

_Static_assert((int)CONF_PAIRS_MAX + 1 == (int)HTTP_TLS_PAIRS_MAX,
	       "the common pair, and a list of others");

struct certificates {
	const struct conf *conf;
	const struct walls *walls; /* borrowed; NULL: none */
	/* Indexed like conf->listeners, and COMMON. NULL: the listener has no certificates of its
	 * own, or no HTTPS address uses them. */
	struct http_tls *at[SETS_MAX];
	bool is_watched;
	uv_timer_t timer; /* while is_watched */
};

/* With other versions of TLS the common files are a set of its own, too: the tickets of one do not
 * open sessions of the other. */
static size_t index_of(const struct conf *conf, const struct conf_front *front)
{
	const struct conf_listener *l = front->listener;

	return l != NULL && (l->certificates.n > 0 || l->tls == CONF_TLS_LEGACY)
		       ? (size_t)(l - conf->listeners)
		       : COMMON;
}

static const struct conf_pairs *own_files(const struct conf *conf, size_t which)
{
	const struct conf_pairs *own =
		which != COMMON ? &conf->listeners[which].certificates : NULL;

	return own != NULL && own->n > 0 ? own : NULL;
}

static size_t list_pairs(const struct conf_pairs *list, struct http_tls_pair *out)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		out[i] = (struct http_tls_pair){list->at[i].certificate, list->at[i].private_key};
	return list->n;
}

static int certificates_load(struct certificates *c, size_t which, struct errinfo *ei)
{
	struct http_tls_pair pairs[HTTP_TLS_PAIRS_MAX] = {
		{c->conf->certificate, c->conf->private_key}};
	const struct conf_pairs *own = own_files(c->conf, which);
	bool is_legacy = which != COMMON && c->conf->listeners[which].tls == CONF_TLS_LEGACY;
	size_t n;

	if (c->at[which] != NULL)
		return 0;
	if (own != NULL)
		n = list_pairs(own, pairs);
	else
		n = 1 + list_pairs(&c->conf->more_certificates, pairs + 1);
	return http_tls_new(pairs, n, is_legacy ? HTTP_TLS_LEGACY : HTTP_TLS_MODERN, &c->at[which],
			    ei);
}

static int64_t first_end(const struct certificates *c)
{
	int64_t first = INT64_MAX, each;
	size_t i;

	for (i = 0; i < SETS_MAX; i++) {
		each = c->at[i] != NULL ? http_tls_not_after(c->at[i]) : INT64_MAX;
		first = each < first ? each : first;
	}
	return first;
}

static void certificates_set_metrics(const struct certificates *c)
{
	int64_t end_s = first_end(c), now_s = clock_wall_s();
	size_t i, due = 0;
	bool stale = false;

	for (i = 0; i < SETS_MAX; i++) {
		if (c->at[i] == NULL)
			continue;
		due += http_tls_count_due(c->at[i], now_s);
		stale |= http_tls_is_stale(c->at[i]);
	}
	if (end_s < INT64_MAX)
		metric_set(METRIC_CERTIFICATE_END, end_s);
	metric_set(METRIC_CERTIFICATES_DUE, (int64_t)due);
	metric_set(METRIC_RELOAD_FAILED_CERTIFICATES, stale);
}

int certificates_open(const struct conf *conf, struct certificates **ret, struct errinfo *ei)
{
	struct certificates *c = calloc(1, sizeof(*c));
	size_t i;
	int err = 0;

	if (c == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	c->conf = conf;
	for (i = 0; err == 0 && i < conf->n_fronts; i++)
		if (conf->fronts[i].is_tls)
			err = certificates_load(c, index_of(conf, &conf->fronts[i]), ei);
	if (err != 0) {
		certificates_free(c);
		return err;
	}
	certificates_set_metrics(c);
	*ret = c;
	return 0;
}

struct http_tls *certificates_of(const struct certificates *c, const struct conf_front *front)
{
	return front->is_tls ? c->at[index_of(c->conf, front)] : NULL;
}

bool certificates_have_rsa(const struct certificates *c, const struct conf_front *front)
{
	return http_tls_has_rsa(certificates_of(c, front));
}

struct http_tls *certificates_any(const struct certificates *c)
{
	size_t i;

	for (i = 0; c != NULL && i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			return c->at[i];
	return NULL;
}

static void each_weakness(const struct certificates *c, bool is_news, http_tls_weakness_fn *tell,
			  void *arg)
{
	size_t i;

	for (i = 0; i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			http_tls_each_weakness(c->at[i], clock_wall_s(), is_news, tell, arg);
}

void certificates_each_weakness(const struct certificates *c, http_tls_weakness_fn *tell, void *arg)
{
	each_weakness(c, false, tell, arg);
}

void certificates_each_due(const struct certificates *c, int64_t now_s, http_tls_due_fn *tell,
			   void *arg)
{
	size_t i;

	for (i = 0; c != NULL && i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			http_tls_each_due(c->at[i], now_s, tell, arg);
}

static void log_weakness(void *arg, const char *path, const char *why)
{
	(void)arg;
	log_event(LOG_LEVEL_WARN, why, LOG_FIELDS(log_str("path", path)));
}

void certificates_warn(const struct certificates *c)
{
	each_weakness(c, false, log_weakness, NULL);
}

static void log_read(void *arg, const char *certificate, const char *why)
{
	const struct certificates *c = arg;

	if (why == NULL) {
		log_event(LOG_LEVEL_INFO, "the certificate was read again",
			  LOG_FIELDS(log_str("path", certificate)));
		return;
	}
	log_event(LOG_LEVEL_ERROR, "the certificate in use stays", LOG_FIELDS(log_str("why", why)));
	walls_explain(c->walls);
}

void certificates_set_walls(struct certificates *c, const struct walls *walls)
{
	c->walls = walls;
}

void certificates_reload(struct certificates *c)
{
	size_t i;

	if (certificates_any(c) == NULL)
		log_info("nothing to reload: no HTTPS listener");
	for (i = 0; i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			http_tls_reload(c->at[i], log_read, c);
	certificates_warn(c);
	certificates_set_metrics(c);
}

/* Also tells what time alone has brought: a certificate that was not renewed. */
void certificates_look(struct certificates *c)
{
	size_t i;

	for (i = 0; i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			http_tls_look(c->at[i], log_read, c);
	each_weakness(c, true, log_weakness, NULL);
	certificates_set_metrics(c);
}

static void certificates_on_timer(uv_timer_t *timer)
{
	certificates_look(timer->data);
}

void certificates_watch(struct certificates *c, struct uv_loop_s *loop)
{
	uv_timer_init(loop, &c->timer); /* neither can fail */
	c->timer.data = c;
	c->is_watched = true;
	uv_timer_start(&c->timer, certificates_on_timer, LOOK_MS, LOOK_MS);
}

void certificates_unwatch(struct certificates *c)
{
	if (c == NULL || !c->is_watched)
		return;
	c->is_watched = false;
	uv_close((uv_handle_t *)&c->timer, NULL);
}

void certificates_free(struct certificates *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < SETS_MAX; i++)
		http_tls_free(c->at[i]);
	free(c);
}

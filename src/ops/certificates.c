/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/certificates.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "conf/conf.h"

enum { COMMON = CONF_LISTENERS_MAX, SETS_MAX };

_Static_assert((int)CONF_PAIRS_MAX == (int)HTTP_TLS_PAIRS_MAX, "one limit");

struct certificates {
	const struct conf *conf;
	/* Indexed like conf->listeners, and COMMON. NULL: the listener has no certificates of its
	 * own, or no HTTPS address uses them. */
	struct http_tls *at[SETS_MAX];
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

/* The certificate file that the log names for one set. */
static const char *path_of(const struct conf *conf, size_t which)
{
	const struct conf_pairs *own = own_files(conf, which);

	return own != NULL ? own->at[0].certificate : conf->certificate;
}

static int certificates_load(struct certificates *c, size_t which, struct errinfo *ei)
{
	struct http_tls_pair pairs[HTTP_TLS_PAIRS_MAX] = {
		{c->conf->certificate, c->conf->private_key}};
	const struct conf_pairs *own = own_files(c->conf, which);
	bool is_legacy = which != COMMON && c->conf->listeners[which].tls == CONF_TLS_LEGACY;
	size_t i, n = own != NULL ? own->n : 1;

	if (c->at[which] != NULL)
		return 0;
	for (i = 0; own != NULL && i < n; i++)
		pairs[i] = (struct http_tls_pair){own->at[i].certificate, own->at[i].private_key};
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

static void certificates_set_metric(const struct certificates *c)
{
	int64_t end_s = first_end(c);

	if (end_s < INT64_MAX)
		metric_set(METRIC_CERTIFICATE_END, end_s);
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
	certificates_set_metric(c);
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

void certificates_each_weakness(const struct certificates *c, http_tls_weakness_fn *tell, void *arg)
{
	size_t i;

	for (i = 0; i < SETS_MAX; i++)
		if (c->at[i] != NULL)
			http_tls_each_weakness(c->at[i], clock_wall_s(), tell, arg);
}

static void log_weakness(void *arg, const char *path, const char *why)
{
	(void)arg;
	log_event(LOG_LEVEL_WARN, why, LOG_FIELDS(log_str("path", path)));
}

void certificates_warn(const struct certificates *c)
{
	certificates_each_weakness(c, log_weakness, NULL);
}

void certificates_reload(struct certificates *c)
{
	bool failed = false;
	size_t i;

	if (certificates_any(c) == NULL)
		log_info("nothing to reload: no HTTPS listener");
	for (i = 0; i < SETS_MAX; i++) {
		struct errinfo ei = ERRINFO_INIT;

		if (c->at[i] == NULL)
			continue;
		if (http_tls_reload(c->at[i], &ei) != 0) {
			failed = true;
			log_event(LOG_LEVEL_ERROR, "the certificate in use stays",
				  LOG_FIELDS(log_str("why", ei.text)));
		} else {
			log_event(LOG_LEVEL_INFO, "the certificate was read again",
				  LOG_FIELDS(log_str("path", path_of(c->conf, i))));
		}
	}
	certificates_warn(c);
	metric_set(METRIC_RELOAD_FAILED_CERTIFICATES, failed);
	certificates_set_metric(c);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metric.h"
#include "http/limits.h"
#include "http/server.h"

/* Tickets are sealed with keys that GnuTLS derives from ours and the time, a new one every few
 * hours. Ours changes too, so that one read from memory opens half a day of recorded tickets at the
 * most. Who comes back with an older one is given a full handshake. */
enum { TICKET_KEY_MS = 12 * 3600 * 1000 };

struct http_tls {
	char *certificate, *private_key; /* paths */
	uv_mutex_t lock;
	struct tls_pair *pair; /* the current one; under the lock, as is what follows */
	gnutls_datum_t ticket_key;
	int64_t ticket_key_until_ms;
};

static void drop_ticket_key(struct http_tls *tls)
{
	if (tls->ticket_key.data != NULL) {
		explicit_bzero(tls->ticket_key.data, tls->ticket_key.size);
		gnutls_free(tls->ticket_key.data);
	}
	tls->ticket_key = (gnutls_datum_t){.data = NULL, .size = 0};
}

int http_tls_new(const char *certificate, const char *private_key, struct http_tls **ret,
		 struct errinfo *ei)
{
	struct http_tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (tls == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (uv_mutex_init(&tls->lock) != 0) {
		free(tls);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	tls->certificate = strdup(certificate);
	tls->private_key = strdup(private_key);
	if (tls->certificate == NULL || tls->private_key == NULL)
		r = err_set(ei, ERR_NOMEM, "out of memory");
	else
		r = tls_pair_load(certificate, private_key, &tls->pair, ei);
	if (r != 0) {
		http_tls_free(tls);
		return r;
	}
	metric_set(METRIC_CERTIFICATE_END, tls_pair_not_after(tls->pair));
	*ret = tls;
	return 0;
}

int http_tls_reload(struct http_tls *tls, struct errinfo *ei)
{
	struct tls_pair *fresh, *old;
	int r = tls_pair_load(tls->certificate, tls->private_key, &fresh, ei);

	if (r != 0)
		return r;
	uv_mutex_lock(&tls->lock);
	old = tls->pair;
	tls->pair = fresh;
	/* A resumed session shows no certificate; nobody shall go on with the old one. */
	drop_ticket_key(tls);
	uv_mutex_unlock(&tls->lock);
	metric_set(METRIC_CERTIFICATE_END, tls_pair_not_after(fresh));
	tls_pair_unref(old);
	return 0;
}

void http_tls_free(struct http_tls *tls)
{
	if (tls == NULL)
		return;
	tls_pair_unref(tls->pair);
	drop_ticket_key(tls);
	uv_mutex_destroy(&tls->lock);
	free(tls->certificate);
	free(tls->private_key);
	free(tls);
}

/* With the lock held. Without a key there are no tickets, and all works as before. */
static void renew_ticket_key(struct http_tls *tls, int64_t now_ms)
{
	if (tls->ticket_key.data != NULL && now_ms < tls->ticket_key_until_ms)
		return;
	drop_ticket_key(tls);
	if (gnutls_session_ticket_key_generate(&tls->ticket_key) != 0)
		tls->ticket_key.data = NULL;
	tls->ticket_key_until_ms = now_ms + TICKET_KEY_MS;
}

void tls_begin(struct http_tls *tls, gnutls_session_t session, struct conn *c)
{
	c->tls = tls;
	gnutls_session_set_ptr(session, c);
	uv_mutex_lock(&tls->lock);
	renew_ticket_key(tls, clock_mono_ms());
	if (tls->ticket_key.data != NULL)
		(void)gnutls_session_ticket_enable_server(session, &tls->ticket_key);
	uv_mutex_unlock(&tls->lock);
}

void tls_end(struct conn *c)
{
	tls_pair_unref(c->pair);
	c->pair = NULL;
}

int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
		 gnutls_pcert_st **certs, unsigned int *n_certs, gnutls_ocsp_data_st **ocsp,
		 unsigned int *n_ocsp, gnutls_privkey_t *key, unsigned int *flags)
{
	struct conn *c = gnutls_session_get_ptr(session);

	(void)info;
	if (c->pair == NULL) {
		uv_mutex_lock(&c->tls->lock);
		c->pair = tls_pair_ref(c->tls->pair);
		uv_mutex_unlock(&c->tls->lock);
	}
	*certs = tls_pair_certs(c->pair, n_certs);
	*key = tls_pair_key(c->pair);
	*ocsp = NULL;
	*n_ocsp = 0;
	*flags = 0; /* GnuTLS borrows them */
	return 0;
}

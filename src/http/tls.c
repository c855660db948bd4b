/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "http/handshake.h"
#include "http/conn_table.h"
#include "http/tls_int.h"
#include "http/tls_profile.h"
#include "http/certificate.h"
#include "net/prefix.h"

/* GnuTLS derives the key that seals a ticket from our key and the time, a new one every few hours.
 * Our key is replaced, too, so that one that is stolen from memory opens the tickets of half a day
 * at most. A client with an older ticket gets a full handshake. */
enum { TICKET_KEY_MS = 12 * 3600 * 1000 };

/* A log line a second at most for each cause and each of this many groups of clients, so that a
 * client that fails all the time rarely suppresses another one's line. */
enum { TROUBLE_CLIENTS = 8 };

struct certificate_set {
	size_t n;
	struct certificate *at[HTTP_TLS_PAIRS_MAX];
};

struct http_tls {
	size_t n_files;
	struct {
		char *certificate, *private_key; /* paths */
	} files[HTTP_TLS_PAIRS_MAX];
	struct tls_profile profile;
	uint64_t seed;
	uv_mutex_t lock;
	struct certificate_set
		certificates; /* the current ones; under the lock, as is what follows */
	gnutls_datum_t ticket_key;
	int64_t ticket_key_until_ms;
	/* not under the lock */
	struct trouble {
		_Atomic long long next_log_ms;
		atomic_uint left_out; /* lines, since the last one written */
	} troubles[HANDSHAKE_CAUSES][TROUBLE_CLIENTS], no_request[TROUBLE_CLIENTS];
};

static void drop_ticket_key(struct http_tls *tls)
{
	if (tls->ticket_key.data != NULL) {
		explicit_bzero(tls->ticket_key.data, tls->ticket_key.size);
		gnutls_free(tls->ticket_key.data);
	}
	tls->ticket_key = (gnutls_datum_t){.data = NULL, .size = 0};
}

static void certificate_set_unref(struct certificate_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		certificate_unref(set->at[i]);
	set->n = 0;
}

static int certificate_set_load(const struct http_tls *tls, struct certificate_set *ret,
				struct errinfo *ei)
{
	int err = 0;

	for (ret->n = 0; err == 0 && ret->n < tls->n_files; ret->n += err == 0)
		err = certificate_load(tls->files[ret->n].certificate,
				       tls->files[ret->n].private_key, &ret->at[ret->n], ei);
	if (err != 0)
		certificate_set_unref(ret);
	return err;
}

static int copy_paths(struct http_tls *tls, const struct http_tls_pair *pairs, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < HTTP_TLS_PAIRS_MAX; i++) {
		tls->files[i].certificate = strdup(pairs[i].certificate);
		tls->files[i].private_key = strdup(pairs[i].private_key);
		tls->n_files++;
		if (tls->files[i].certificate == NULL || tls->files[i].private_key == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

int http_tls_new(const struct http_tls_pair *pairs, size_t n, enum http_tls_profile profile,
		 struct http_tls **ret, struct errinfo *ei)
{
	struct http_tls *tls = calloc(1, sizeof(*tls));
	int err;

	if (tls == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (uv_mutex_init(&tls->lock) != 0) {
		free(tls);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	tls_profile_init(&tls->profile, profile);
	rand_bytes(&tls->seed, sizeof(tls->seed));
	err = copy_paths(tls, pairs, n);
	if (err != 0)
		err = err_set(ei, err, "out of memory");
	else
		err = certificate_set_load(tls, &tls->certificates, ei);
	if (err != 0) {
		http_tls_free(tls);
		return err;
	}
	*ret = tls;
	return 0;
}

bool http_tls_is_post_quantum(const struct http_tls *tls)
{
	return tls_profile_is_post_quantum(&tls->profile);
}

const char *tls_priorities(const struct http_tls *tls)
{
	return tls->profile.priorities;
}

int64_t http_tls_not_after(const struct http_tls *tls)
{
	int64_t first = INT64_MAX, each;
	size_t i;

	for (i = 0; i < tls->certificates.n; i++) {
		each = certificate_not_after(tls->certificates.at[i]);
		first = each < first ? each : first;
	}
	return first;
}

static gnutls_pk_algorithm_t certificate_kind(struct certificate *c)
{
	return (gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(certificate_key(c), NULL);
}

bool http_tls_has_rsa(const struct http_tls *tls)
{
	gnutls_pk_algorithm_t kind;
	size_t i;

	for (i = 0; i < tls->certificates.n; i++) {
		kind = certificate_kind(tls->certificates.at[i]);
		if (kind == GNUTLS_PK_RSA || kind == GNUTLS_PK_RSA_PSS)
			return true;
	}
	return false;
}

void http_tls_each_weakness(const struct http_tls *tls, int64_t now_s, http_tls_weakness_fn *tell,
			    void *arg)
{
	const char *why;
	size_t i;
	int which;

	for (i = 0; i < tls->certificates.n; i++)
		for (which = 0; which < CERTIFICATE_WEAKNESSES; which++) {
			why = certificate_weakness(tls->certificates.at[i],
						   (enum certificate_weakness)which, now_s);
			if (why != NULL)
				tell(arg,
				     which == CERTIFICATE_TIME ? tls->files[i].certificate
							       : tls->files[i].private_key,
				     why);
		}
}

/* Routers go on with a certificate that is valid; a copy of an old one that was put in its place
 * would keep them all out. */
static int certificate_set_compare(const struct http_tls *tls, const struct certificate_set *fresh,
				   struct errinfo *ei)
{
	int64_t now_s = clock_wall_s();
	size_t i;

	for (i = 0; i < fresh->n; i++)
		if (certificate_is_valid(tls->certificates.at[i], now_s) &&
		    !certificate_is_valid(fresh->at[i], now_s))
			return err_set(ei, ERR_INVAL, "%s: %s, and the one in use is valid",
				       tls->files[i].certificate,
				       certificate_weakness(fresh->at[i], CERTIFICATE_TIME, now_s));
	return 0;
}

int http_tls_reload(struct http_tls *tls, struct errinfo *ei)
{
	struct certificate_set fresh, old;
	int err = certificate_set_load(tls, &fresh, ei);

	if (err != 0)
		return err;
	err = certificate_set_compare(tls, &fresh, ei);
	if (err != 0) {
		certificate_set_unref(&fresh);
		return err;
	}
	uv_mutex_lock(&tls->lock);
	old = tls->certificates;
	tls->certificates = fresh;
	/* A resumed session shows no certificate. Without the old key no client can go on with a
	 * session that was shown the old one. */
	drop_ticket_key(tls);
	uv_mutex_unlock(&tls->lock);
	certificate_set_unref(&old);
	return 0;
}

void http_tls_free(struct http_tls *tls)
{
	size_t i;

	if (tls == NULL)
		return;
	certificate_set_unref(&tls->certificates);
	drop_ticket_key(tls);
	uv_mutex_destroy(&tls->lock);
	for (i = 0; i < tls->n_files; i++) {
		free(tls->files[i].certificate);
		free(tls->files[i].private_key);
	}
	free(tls);
}

/* With the lock held. Without a key there are no tickets, and every handshake is a full one. */
static void renew_ticket_key(struct http_tls *tls, int64_t now_ms)
{
	if (tls->ticket_key.data != NULL && now_ms < tls->ticket_key_until_ms)
		return;
	drop_ticket_key(tls);
	if (gnutls_session_ticket_key_generate(&tls->ticket_key) != 0)
		tls->ticket_key.data = NULL;
	tls->ticket_key_until_ms = now_ms + TICKET_KEY_MS;
}

/* gnutls_handshake_hook_func, at a ClientHello before it is parsed. GnuTLS has no function that
 * tells which cipher suites it lists, and chooses among them after the certificate. */
static int on_hello(gnutls_session_t session, unsigned int type, unsigned int when,
		    unsigned int incoming, const gnutls_datum_t *message)
{
	struct conn *c = gnutls_session_get_ptr(session);

	(void)type;
	(void)when;
	(void)incoming;
	c->handshake.wanted = tls_profile_wanted(&c->tls->profile, message->data, message->size);
	return 0;
}

void tls_begin(struct http_tls *tls, gnutls_session_t session, struct conn *c)
{
	c->tls = tls;
	gnutls_session_set_ptr(session, c);
	handshake_watch(&c->handshake, session, c->fd);
	if (tls->n_files > 1)
		gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_CLIENT_HELLO,
						   GNUTLS_HOOK_PRE, on_hello);
	uv_mutex_lock(&tls->lock);
	renew_ticket_key(tls, clock_mono_ms());
	if (tls->ticket_key.data != NULL)
		gnutls_session_ticket_enable_server(session, &tls->ticket_key);
	uv_mutex_unlock(&tls->lock);
}

/* The administrator has to mend something when a router refuses our certificate, but not when
 * somebody scans the Internet. Monitors and load balancers open a connection and close it again. */
static enum log_level failure_level(enum handshake_cause cause)
{
	switch (cause) {
	case HANDSHAKE_CERT_REFUSED:
	case HANDSHAKE_CERT_UNANSWERED:
	case HANDSHAKE_INTERNAL:
		return LOG_LEVEL_WARN;
	case HANDSHAKE_NOTHING_SENT:
		return LOG_LEVEL_DEBUG;
	default:
		return LOG_LEVEL_INFO;
	}
}

/* True: a line may be written, and *ret_left_out of its kind were left out before it. */
static bool may_log_trouble(struct trouble *t, unsigned *ret_left_out)
{
	if (!log_may_repeat(&t->next_log_ms, clock_mono_ms())) {
		atomic_fetch_add(&t->left_out, 1);
		return false;
	}
	*ret_left_out = atomic_exchange(&t->left_out, 0);
	return true;
}

/* The group of the client and its alert: two different alerts of one client have a line each. */
static size_t client_share(const struct conn *c)
{
	struct prefix p = prefix_of_client(&c->peer);

	return (size_t)(prefix_hash(&p, c->tls->seed) + (uint64_t)(c->handshake.alert + 1)) %
	       TROUBLE_CLIENTS;
}

static void log_failure(const struct conn *c, enum handshake_cause cause, unsigned left_out)
{
	const struct handshake *h = &c->handshake;
	char peer[ADDR_TEXT_MAX], alert[HANDSHAKE_ALERT_TEXT_MAX];
	struct log_field fields[5];
	size_t n = 0;

	fields[n++] = log_str("peer", addr_format(&c->peer, peer));
	fields[n++] = log_str("cause", handshake_cause_name(cause));
	if (h->alert >= 0)
		fields[n++] = log_str("alert", handshake_alert_name(h, alert));
	else if (h->error != 0)
		fields[n++] = log_str("error", gnutls_strerror(h->error));
	if (left_out > 0)
		fields[n++] = log_uint("more", left_out);
	log_event(failure_level(cause), handshake_cause_text(cause), fields, n);
}

static void report_failure(const struct conn *c, enum conn_fate fate)
{
	enum handshake_cause cause =
		handshake_cause(&c->handshake, fate == CONN_TIMED_OUT, c->certificate != NULL);
	unsigned left_out;

	metric_add((enum metric)(METRIC_TLS_FAILED_VERSION + (int)cause), 1);
	if (may_log_trouble(&c->tls->troubles[cause][client_share(c)], &left_out))
		log_failure(c, cause, left_out);
}

/* Some clients look at the certificate only when the handshake is done (wget, inadyn). */
static void report_no_request(const struct conn *c)
{
	char peer[ADDR_TEXT_MAX];
	unsigned left_out;

	if (may_log_trouble(&c->tls->no_request[client_share(c)], &left_out))
		log_event(LOG_LEVEL_INFO, "TLS client left without a request",
			  LOG_FIELDS(log_str("peer", addr_format(&c->peer, peer)),
				     log_uint("more", left_out)));
}

void tls_end(struct conn *c, enum conn_fate fate)
{
	if (fate != CONN_TURNED_OUT && c->handshake.phase != HANDSHAKE_DONE)
		report_failure(c, fate);
	else if (fate == CONN_OPEN && c->requests == 0)
		report_no_request(c);
	certificate_unref(c->certificate);
	c->certificate = NULL;
}

/* Whether the client has a signature algorithm for such a key, and before TLS 1.3 a cipher suite.
 */
static bool client_takes(const struct conn *c, gnutls_session_t session, gnutls_pk_algorithm_t kind)
{
	return handshake_takes_key(session, kind) &&
	       (gnutls_protocol_get_version(session) == GNUTLS_TLS1_3 ||
		tls_suites_take(c->handshake.wanted, kind));
}

/* With the lock held. The first one when the client supports none: its alert tells why. */
static struct certificate *choose_certificate(const struct conn *c, gnutls_session_t session)
{
	const struct certificate_set *set = &c->tls->certificates;
	size_t i;

	for (i = 0; i < set->n; i++)
		if (client_takes(c, session, certificate_kind(set->at[i])))
			return set->at[i];
	return set->at[0];
}

int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
		 gnutls_pcert_st **certs, unsigned int *n_certs, gnutls_ocsp_data_st **ocsp,
		 unsigned int *n_ocsp, gnutls_privkey_t *key, unsigned int *flags)
{
	struct conn *c = gnutls_session_get_ptr(session);

	(void)info;
	if (c->certificate == NULL) {
		uv_mutex_lock(&c->tls->lock);
		c->certificate = certificate_ref(choose_certificate(c, session));
		uv_mutex_unlock(&c->tls->lock);
	}
	*certs = certificate_certs(c->certificate, n_certs);
	*key = certificate_key(c->certificate);
	c->handshake.key = certificate_kind(c->certificate);
	*ocsp = NULL;
	*n_ocsp = 0;
	*flags = 0; /* GnuTLS borrows them */
	return 0;
}

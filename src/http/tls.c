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
#include "http/tls_pairs.h"
#include "http/tls_profile.h"
#include "http/certificate.h"
#include "net/fqdn.h"
#include "net/prefix.h"
#include "net/pseudonym.h"

/* GnuTLS derives the key that seals a ticket from our key and the time, a new one every few hours.
 * Our key is replaced, too, so that one that is stolen from memory opens the tickets of half a day
 * at most. A client with an older ticket gets a full handshake. */
enum { TICKET_KEY_MS = 12 * 3600 * 1000 };

/* A log line a second at most for each cause and each of this many groups of clients, so that a
 * client that fails all the time rarely suppresses another one's line. */
enum { TROUBLE_CLIENTS = 8 };

struct http_tls {
	struct tls_pairs *pairs;
	struct tls_profile profile;
	uint64_t seed;
	uv_mutex_t lock;
	gnutls_datum_t ticket_key; /* under the lock, as is what follows */
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
	err = tls_pairs_new(pairs, n, &tls->pairs, ei);
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
	return tls_pairs_not_after(tls->pairs);
}

bool http_tls_has_rsa(const struct http_tls *tls)
{
	return tls_pairs_have_rsa(tls->pairs);
}

size_t http_tls_count_due(const struct http_tls *tls, int64_t now_s)
{
	return tls_pairs_count_due(tls->pairs, now_s);
}

void http_tls_each_due(const struct http_tls *tls, int64_t now_s, http_tls_due_fn *tell, void *arg)
{
	tls_pairs_each_due(tls->pairs, now_s, tell, arg);
}

bool http_tls_is_stale(const struct http_tls *tls)
{
	return tls_pairs_are_stale(tls->pairs);
}

void http_tls_each_weakness(struct http_tls *tls, int64_t now_s, bool is_news,
			    http_tls_weakness_fn *tell, void *arg)
{
	tls_pairs_each_weakness(tls->pairs, now_s, is_news, tell, arg);
}

/* A resumed session shows no certificate. Without the old key no client can go on with a session
 * that was shown the old one. */
static void forget_sessions(struct http_tls *tls)
{
	uv_mutex_lock(&tls->lock);
	drop_ticket_key(tls);
	uv_mutex_unlock(&tls->lock);
}

void http_tls_reload(struct http_tls *tls, http_tls_read_fn *tell, void *arg)
{
	if (tls_pairs_reload(tls->pairs, tell, arg))
		forget_sessions(tls);
}

void http_tls_look(struct http_tls *tls, http_tls_read_fn *tell, void *arg)
{
	if (tls_pairs_look(tls->pairs, tell, arg))
		forget_sessions(tls);
}

void http_tls_free(struct http_tls *tls)
{
	if (tls == NULL)
		return;
	tls_pairs_free(tls->pairs);
	drop_ticket_key(tls);
	uv_mutex_destroy(&tls->lock);
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
	if (tls_pairs_count(tls->pairs) > 1)
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
	char alert[HANDSHAKE_ALERT_TEXT_MAX];
	struct log_field fields[5];
	size_t n = 0;

	fields[n++] = LOG_ADDR("peer", &c->peer);
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
	unsigned left_out;

	if (may_log_trouble(&c->tls->no_request[client_share(c)], &left_out))
		log_event(LOG_LEVEL_INFO, "TLS client left without a request",
			  LOG_FIELDS(LOG_ADDR("peer", &c->peer), log_uint("more", left_out)));
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

struct client {
	const struct conn *conn;
	gnutls_session_t session;
};

/* Whether the client has a signature algorithm for such a key, and before TLS 1.3 a cipher suite.
 */
static bool client_takes(const void *arg, gnutls_pk_algorithm_t kind)
{
	const struct client *c = arg;

	return handshake_takes_key(c->session, kind) &&
	       (gnutls_protocol_get_version(c->session) == GNUTLS_TLS1_3 ||
		tls_suites_take(c->conn->handshake.wanted, kind));
}

/* The name that the client asks for; empty: none. */
static struct slice wanted_name(gnutls_session_t session, char *text, size_t cap)
{
	unsigned type = 0;
	size_t len = cap;

	if (gnutls_server_name_get(session, text, &len, &type, 0) != 0 || type != GNUTLS_NAME_DNS)
		return (struct slice){.p = text, .len = 0};
	return (struct slice){.p = text, .len = strnlen(text, len)};
}

static struct certificate *choose_certificate(const struct conn *c, gnutls_session_t session)
{
	const struct client client = {.conn = c, .session = session};
	char name[FQDN_TEXT_MAX + 2]; /* with a dot at its end */

	return tls_pairs_choose(c->tls->pairs, wanted_name(session, name, sizeof(name)),
				client_takes, &client);
}

int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
		 gnutls_pcert_st **certs, unsigned int *n_certs, gnutls_ocsp_data_st **ocsp,
		 unsigned int *n_ocsp, gnutls_privkey_t *key, unsigned int *flags)
{
	struct conn *c = gnutls_session_get_ptr(session);

	(void)info;
	if (c->certificate == NULL)
		c->certificate = choose_certificate(c, session);
	*certs = certificate_certs(c->certificate, n_certs);
	*key = certificate_key(c->certificate);
	c->handshake.key = certificate_kind(c->certificate);
	*ocsp = NULL;
	*n_ocsp = 0;
	*flags = 0; /* GnuTLS borrows them */
	return 0;
}

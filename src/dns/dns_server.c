/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_server.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/rand.h"
#include "dns/answer.h"
#include "dns/builtin.h"
#include "dns/cookie.h"
#include "dns/dns_query.h"
#include "dns/rrl.h"
#include "dns/tcp.h"
#include "dns/tcp_table.h"
#include "dns/udp.h"
#include "dns/zone.h"
#include "net/listen.h"

/* For port 0 the kernel chooses a free UDP port. TCP may find the same port taken; then another one
 * is tried. */
enum { PORT_TRIES = 16 };
/* How often idle TCP connections are looked for in the time that one may be idle: even a quarter of
 * that, when there are many, is then kept well enough. */
enum { TCP_LOOKS = 16 };
/* A secret of the cookies is in use for a day: RFC 7873 §7.1 allows 36. */
enum { COOKIE_SECRET_MS = 24 * 3600 * 1000 };
/* While draining: how often it is asked whether all is over. */
enum { DRAIN_TICK_MS = 5 };

struct listen {
	struct dns_udp *udp;
	struct dns_tcp *tcp;
	uint16_t port;
};

struct dns_server {
	uv_loop_t *loop;
	struct dns_server_limits limits;
	struct rrl *rrl;
	struct dns_cookie_secrets cookie_secrets;
	int64_t cookie_secret_ms; /* when the secret was made */
	struct dns_zone **zones;
	size_t n_zones;
	struct listen *listens;
	size_t n_listens;
	struct tcp_table *tcp_table;
	size_t n_open; /* transports that may still call us */
	bool is_closing;
	uv_timer_t drain; /* while drained is set */
	dns_drained_fn *drained;
	void *drained_arg;
	int64_t drain_until_ms;
};

static uint64_t new_seed(void)
{
	uint64_t seed;

	rand_bytes(&seed, sizeof(seed));
	return seed;
}

/* The secret of the cookies is made here and never leaves: a server that was restarted, or another
 * one at the same address, does not know a cookie, and then its client is limited as one without.
 */
static void new_cookie_secret(struct dns_server *s, int64_t now_ms)
{
	uint8_t secret[DNS_COOKIE_SECRET_LEN];

	rand_bytes(secret, sizeof(secret));
	dns_cookie_roll(&s->cookie_secrets, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	s->cookie_secret_ms = now_ms;
}

static void server_free(struct dns_server *s)
{
	OPENSSL_cleanse(&s->cookie_secrets, sizeof(s->cookie_secrets));
	rrl_free(s->rrl);
	tcp_table_free(s->tcp_table);
	free(s->zones);
	free(s->listens);
	free(s);
}

int dns_server_new(struct uv_loop_s *loop, const struct dns_server_limits *limits,
		   struct dns_server **ret)
{
	const struct tcp_table_limits tcp = {.clients = limits->tcp_clients,
					     .per_network = limits->tcp_per_network,
					     .idle_ms = limits->tcp_idle_ms};
	struct dns_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->loop = loop;
	s->limits = *limits;
	if (rrl_new(limits->responses_per_second, new_seed(), &s->rrl) < 0 ||
	    tcp_table_new(&tcp, &s->tcp_table) < 0) {
		server_free(s);
		return ERR_NOMEM;
	}
	/* Both secrets, the one in use and the one before, are nobody's guess. */
	new_cookie_secret(s, clock_mono_ms());
	new_cookie_secret(s, clock_mono_ms());
	*ret = s;
	return 0;
}

/* --- answering --- */

/* Judges the query's cookie, and makes the one of its answer. */
static enum dns_cookie_state take_cookie(struct dns_server *s, const struct dns_query *q,
					 const struct addr *client, uint8_t ret[DNS_COOKIE_LEN])
{
	static const enum metric metrics[] = {[DNS_COOKIE_FIRST] = METRIC_DNS_COOKIES_FIRST,
					      [DNS_COOKIE_BAD] = METRIC_DNS_COOKIES_BAD,
					      [DNS_COOKIE_VALID] = METRIC_DNS_COOKIES_VALID};
	int64_t now_s = clock_wall_s(), now_ms = clock_mono_ms();
	enum dns_cookie_state state;

	if (q->cookie_len == 0)
		return DNS_COOKIE_NONE;
	if (now_ms - s->cookie_secret_ms >= COOKIE_SECRET_MS)
		new_cookie_secret(s, now_ms);
	state = dns_cookie_check(&s->cookie_secrets, q->cookie, q->cookie_len, client, now_s);
	metric_add(metrics[state], 1);
	dns_cookie_make(&s->cookie_secrets, q->cookie, client, now_s, ret);
	return state;
}

/* False when a client that has not proved its address gets no answer. A client with cookies is sent
 * for one where another one is sent to TCP (RFC 7873 §5.2.3): that is 16 bytes more than it sent.
 */
static bool keep_limit(struct dns_server *s, const struct addr *client, struct dns_answer_how *how)
{
	enum rrl_verdict verdict = rrl_check(s->rrl, client, clock_mono_ms());

	if (verdict == RRL_ANSWER)
		return true;
	metric_add(METRIC_DNS_LIMITED, 1);
	if (how->cookie != NULL)
		how->refuses_cookie = true;
	else
		how->transport = DNS_OVER_UDP_SHORT;
	return verdict == RRL_SLIP;
}

static size_t answer_query(struct dns_server *s, const struct addr *client,
			   enum dns_transport transport, const struct dns_query *q, int rcode,
			   uint8_t out[DNS_ANSWER_MAX])
{
	struct dns_answer_how how = {.transport = transport};
	uint8_t cookie[DNS_COOKIE_LEN];
	enum dns_cookie_state state = take_cookie(s, q, client, cookie);

	if (state != DNS_COOKIE_NONE)
		how.cookie = cookie;
	/* The handshake of TCP proves an address as well as a cookie does. */
	if (transport == DNS_OVER_UDP && state != DNS_COOKIE_VALID && !keep_limit(s, client, &how))
		return 0;
	/* Who asks for nothing but its cookie is told that it is bad (RFC 7873 §5.4). */
	if (q->owner == NULL && state == DNS_COOKIE_BAD)
		how.refuses_cookie = true;
	return dns_answer(s->zones, s->n_zones, q, rcode, &how, out);
}

static size_t on_query(void *arg, const struct addr *client, enum dns_transport transport,
		       const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX])
{
	struct dns_query q;
	int rcode = dns_query_parse(query, len, &q);
	size_t n = 0;

	metric_add(transport == DNS_OVER_TCP ? METRIC_DNS_QUERIES_TCP : METRIC_DNS_QUERIES_UDP, 1);
	if (rcode != DNS_QUERY_DROP)
		n = answer_query(arg, client, transport, &q, rcode, out);
	dns_query_fini(&q);
	return n;
}

/* --- listening --- */

static void free_when_done(struct dns_server *s)
{
	if (s->is_closing && s->n_open == 0)
		server_free(s);
}

static void on_gone(void *arg)
{
	struct dns_server *s = arg;

	s->n_open--;
	free_when_done(s);
}

/* Both transports at one port, or neither. */
static int open_both(struct dns_server *s, const struct listen_at *at, struct listen *ret,
		     struct errinfo *ei)
{
	const struct dns_transport_owner owner = {.answer = on_query, .gone = on_gone, .arg = s};
	unsigned look_ms = s->limits.tcp_idle_ms / TCP_LOOKS + 1;
	struct listen l = {0};
	int err = dns_udp_open(s->loop, at, &owner, &l.udp, &l.port, ei);

	if (err < 0)
		return err;
	s->n_open++;
	err = dns_tcp_open(s->loop, at, l.port, s->tcp_table, look_ms, &owner, &l.tcp, ei);
	if (err < 0) {
		dns_udp_close(l.udp);
		return err;
	}
	s->n_open++;
	*ret = l;
	return 0;
}

int dns_server_listen(struct dns_server *s, const struct listen_at *at, struct errinfo *ei)
{
	struct listen *grown = realloc(s->listens, (s->n_listens + 1) * sizeof(*s->listens));
	bool any_port = listen_port_of(&at->sa) == 0;
	int i, err = ERR_IO;

	if (grown == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	s->listens = grown;
	for (i = 0; i < (any_port ? PORT_TRIES : 1) && err == ERR_IO; i++) {
		if (ei != NULL)
			err_reset(ei);
		err = open_both(s, at, &s->listens[s->n_listens], ei);
	}
	if (err == 0)
		s->n_listens++;
	return err;
}

uint16_t dns_server_port(const struct dns_server *s, size_t i)
{
	assert(i < s->n_listens);
	return s->listens[i].port;
}

/* --- zones --- */

static void on_zone_closed(void *arg, struct dns_zone *zone)
{
	struct dns_server *s = arg;
	size_t i;

	for (i = 0; i < s->n_zones && s->zones[i] != zone; i++)
		;
	assert(i < s->n_zones);
	s->zones[i] = s->zones[--s->n_zones];
}

int dns_server_add_zone(struct dns_server *s, const struct dns_server_zone *zone, uint32_t serial,
			struct dns **ret)
{
	struct dns_zone **grown = realloc(s->zones, (s->n_zones + 1) * sizeof(*s->zones));
	struct dns_zone *z;
	int err;

	if (grown == NULL)
		return ERR_NOMEM;
	s->zones = grown;
	err = dns_zone_new(zone, serial, new_seed(), &z);
	if (err < 0)
		return err;
	err = builtin_new(s->loop, z, on_zone_closed, s, ret);
	if (err < 0) {
		dns_zone_free(z);
		return err;
	}
	s->zones[s->n_zones++] = z;
	return 0;
}

static void on_drain_closed(uv_handle_t *handle)
{
	on_gone(handle->data);
}

static void end_drain(struct dns_server *s)
{
	s->drained = NULL;
	uv_close((uv_handle_t *)&s->drain, on_drain_closed);
}

static void on_drain_tick(uv_timer_t *timer)
{
	struct dns_server *s = timer->data;
	dns_drained_fn *drained = s->drained;
	size_t i, n = 0;

	for (i = 0; i < s->n_listens; i++)
		n += dns_tcp_drain(s->listens[i].tcp);
	if (n > 0 && clock_mono_ms() < s->drain_until_ms)
		return;
	end_drain(s);
	drained(s->drained_arg);
}

void dns_server_drain(struct dns_server *s, unsigned timeout_ms, dns_drained_fn *done, void *arg)
{
	s->drained = done;
	s->drained_arg = arg;
	s->drain_until_ms = clock_mono_ms() + timeout_ms;
	s->drain.data = s;
	s->n_open++;
	uv_timer_init(s->loop, &s->drain);
	uv_timer_start(&s->drain, on_drain_tick, 0, DRAIN_TICK_MS);
}

void dns_server_close(struct dns_server *s)
{
	size_t i;

	if (s == NULL)
		return;
	assert(s->n_zones == 0);
	s->is_closing = true;
	if (s->drained != NULL)
		end_drain(s);
	for (i = 0; i < s->n_listens; i++) {
		dns_udp_close(s->listens[i].udp);
		dns_tcp_close(s->listens[i].tcp);
	}
	free_when_done(s);
}

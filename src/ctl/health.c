/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl health: does the daemon of this configuration answer on this machine? For a
 * container's HEALTHCHECK and for monitors that run a command; the image needs no curl for it. */
#include "ctl/health.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/print.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/waiting.h"
#include "fetch/fetch.h"

enum {
	/* A daemon that needs longer is of no use to a router, even if it answers in the end. */
	HEALTH_TIMEOUT_MS = 3000,
	HEALTH_URL_MAX = 128,
	HEALTH_WORD_MAX = 64,
	/* "[::]" is asked at ::1, and at 127.0.0.1 where the kernel has no IPv6. */
	HEALTH_HOSTS_MAX = 2,
};

/* The address at which the daemon is asked. The admin listener is preferred: it notices a main loop
 * that is stuck, which the threads of the other listeners do not. */
struct health_place {
	const char *scheme;
	const char *path;
	const struct listen_at *listen;
};

/* The first address of HTTPS (is_tls) or of plain HTTP; NULL when there is none. */
static const struct listen_at *find_front(const struct conf *c, bool is_tls)
{
	size_t i;

	for (i = 0; i < c->n_fronts; i++)
		if (c->fronts[i].is_tls == is_tls)
			return c->fronts[i].at;
	return NULL;
}

static int find_place(const struct conf *c, bool ready, struct health_place *ret)
{
	const struct listen_at *places[] = {
		c->admin_listen.n > 0 ? &c->admin_listen.at[0] : NULL,
		ready ? NULL : find_front(c, false),
		ready ? NULL : find_front(c, true),
	};
	static const char *const schemes[] = {"http", "http", "https"};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i] != NULL) {
			*ret = (struct health_place){.scheme = schemes[i],
						     .path = ready ? "/readyz" : "/healthz",
						     .listen = places[i]};
			return 0;
		}
	return ERR_NOTFOUND;
}

/* The URL hosts to try for a listener's address, and its port; returns how many. */
static size_t list_hosts(const struct sockaddr_storage *sa,
			 char hosts[HEALTH_HOSTS_MAX][INET6_ADDRSTRLEN + 2], unsigned *ret_port)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	char text[INET6_ADDRSTRLEN] = "";

	if (sa->ss_family == AF_INET) {
		*ret_port = ntohs(v4->sin_port);
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		snprintf(hosts[0], sizeof(hosts[0]), "%s",
			 v4->sin_addr.s_addr == htonl(INADDR_ANY) ? "127.0.0.1" : text);
		return 1;
	}
	*ret_port = ntohs(v6->sin6_port);
	if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) {
		snprintf(hosts[0], sizeof(hosts[0]), "[::1]");
		snprintf(hosts[1], sizeof(hosts[1]), "127.0.0.1");
		return 2;
	}
	inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
	snprintf(hosts[0], sizeof(hosts[0]), "[%s]", text);
	return 1;
}

static int ask(const struct health_place *place, struct fetch_reply *ret, struct errinfo *ei)
{
	char hosts[HEALTH_HOSTS_MAX][INET6_ADDRSTRLEN + 2], url[HEALTH_URL_MAX];
	struct fetch_request rq = {.url = url, .is_local = true, .timeout_ms = HEALTH_TIMEOUT_MS};
	unsigned port;
	size_t n = list_hosts(&place->listen->sa, hosts, &port), i;
	int err = ERR_UNAVAILABLE;

	if (port == 0)
		return err_set(ei, ERR_INVAL,
			       "%s: the system chose the port, so only the log knows it",
			       place->listen->text);
	waiting_begin("waiting for an answer", "seconds", 0, NULL, NULL);
	for (i = 0; i < n && err == ERR_UNAVAILABLE; i++) {
		err_reset(ei);
		snprintf(url, sizeof(url), "%s://%s:%u%s", place->scheme, hosts[i], port,
			 place->path);
		err = fetch_ask(&rq, ret, ei);
	}
	waiting_end();
	return err;
}

static int health_tell(bool as_json, bool healthy, const char *why)
{
	if (as_json)
		print_json(json_pack("{s:b, s:s}", "ok", healthy, "why", why));
	else if (healthy)
		puts(why);
	if (healthy)
		return CTL_OK;
	return as_json ? CTL_FAILED : ctl_fail("%s", why);
}

int ctl_health(const struct ctl_args *args)
{
	struct session s = {.conf = NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct health_place place = {0};
	struct fetch_reply reply;
	char word[HEALTH_WORD_MAX], why[HEALTH_WORD_MAX + 64];
	int err = fetch_check(&ei);

	if (err == 0)
		err = session_load(&s, args, &ei);
	if (err == 0 && find_place(s.conf, args->ready, &place) != 0)
		err = err_set(&ei, ERR_NOTFOUND,
			      "readiness is told by admin-listen alone, which is not set");
	if (err == 0)
		err = ask(&place, &reply, &ei);
	session_close(&s);
	if (err != 0)
		return health_tell(args->json, false, ei.text);
	str_printable(word, sizeof(word), (struct slice){reply.body, reply.body_len});
	if (reply.status == 200)
		return health_tell(args->json, true, word);
	snprintf(why, sizeof(why), "the daemon answers with status %ld: %s", reply.status, word);
	return health_tell(args->json, false, why);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The builtin name server as a publisher, against the conformance suite: what was published is read
 * back by DNS queries over UDP. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <ldns/ldns.h>

#include "dns/server.h"
#include "net/listen.h"
#include "dns_kit.h"
#include "dns_suite.h"

enum { TIMEOUT_MS = 5000, TURN_MS = 20 };

struct builtin {
	uv_loop_t *loop;
	struct dns_server *server;
};

static int open_builtin(void *ctx, struct uv_loop_s *loop, const struct fqdn *zone,
			struct dns **ret, struct errinfo *ei)
{
	const struct dns_server_limits limits = {.tcp_clients = 10, .tcp_idle_ms = TIMEOUT_MS};
	struct listen_at at = {.text = "127.0.0.1:0", .sa.ss_family = AF_INET};
	struct dns_server_zone conf = kit_zone_conf();
	struct builtin *b = ctx;
	int r;

	((struct sockaddr_in *)&at.sa)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	conf.name = *zone;
	b->loop = loop;
	r = dns_server_new(loop, &limits, &b->server);
	if (r == 0)
		r = dns_server_listen(b->server, &at, ei);
	if (r == 0)
		r = dns_server_add_zone(b->server, &conf, 1, ret);
	return r;
}

static void shut_builtin(void *ctx)
{
	struct builtin *b = ctx;

	dns_server_close(b->server);
	b->server = NULL;
}

static ssize_t exchange(struct builtin *b, const struct kit_message *query, uint8_t *out)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(dns_server_port(b->server, 0)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int waited, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (sendto(fd, query->bytes, query->len, 0, (struct sockaddr *)&to, sizeof(to)) > 0)
		for (waited = 0; waited < TIMEOUT_MS && n < 0; waited += TURN_MS) {
			(void)uv_run(b->loop, UV_RUN_NOWAIT);
			if (poll(&pfd, 1, TURN_MS) > 0)
				n = recv(fd, out, KIT_MESSAGE_MAX, 0);
		}
	(void)close(fd);
	return n;
}

/* The first record of the answer section. */
static int take_record(const ldns_pkt *p, enum addr_family family, struct addr *ret,
		       uint32_t *ret_ttl)
{
	const ldns_rr *rr;

	if (ldns_pkt_ancount(p) == 0)
		return ERR_NOTFOUND;
	rr = ldns_rr_list_rr(ldns_pkt_answer(p), 0);
	*ret = (struct addr){.family = (uint8_t)family};
	memcpy(ret->bytes, ldns_rdf_data(ldns_rr_rdf(rr, 0)), family == ADDR_V4 ? 4 : 16);
	*ret_ttl = ldns_rr_ttl(rr);
	return 0;
}

static int read_builtin(void *ctx, const struct fqdn *name, enum addr_family family,
			struct addr *ret, uint32_t *ret_ttl)
{
	struct kit_message query = kit_query(name->text, family == ADDR_V4 ? KIT_A : KIT_AAAA);
	uint8_t out[KIT_MESSAGE_MAX];
	ssize_t n = exchange(ctx, &query, out);
	ldns_pkt *p;
	int r;

	if (n < 0)
		return ERR_TIMEOUT;
	if (ldns_wire2pkt(&p, out, (size_t)n) != LDNS_STATUS_OK)
		return ERR_PROTOCOL;
	r = ldns_pkt_aa(p) ? take_record(p, family, ret, ret_ttl) : ERR_PROTOCOL;
	ldns_pkt_free(p);
	return r;
}

int main(void)
{
	static struct builtin builtin;
	const struct dns_subject subject = {
		.name = "builtin",
		.zone = "dyn.example.com",
		.open = open_builtin,
		.read = read_builtin,
		.shut = shut_builtin,
		.ctx = &builtin,
		.is_volatile = true,
		.timeout_ms = TIMEOUT_MS,
	};
	Suite *s = suite_create("dns_builtin");
	SRunner *runner;
	int failed;

	dns_suite_add(s, &subject);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

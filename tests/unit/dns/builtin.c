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

#include "dns/dns.h"
#include "dns/dns_server.h"
#include "net/listen.h"
#include "kit/dns_kit.h"
#include "suite/dns_suite.h"

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
	struct dns_server_zone conf = dns_kit_zone_conf();
	struct builtin *b = ctx;
	int err;

	((struct sockaddr_in *)&at.sa)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	conf.name = *zone;
	b->loop = loop;
	err = dns_server_new(loop, &limits, &b->server);
	if (err == 0)
		err = dns_server_listen(b->server, &at, ei);
	if (err == 0)
		err = dns_server_add_zone(b->server, &conf, 1, ret);
	return err;
}

static void shut_builtin(void *ctx)
{
	struct builtin *b = ctx;

	dns_server_close(b->server);
	b->server = NULL;
}

static ssize_t exchange(struct builtin *b, const struct dns_kit_message *query, uint8_t *out)
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
			uv_run(b->loop, UV_RUN_NOWAIT);
			if (poll(&pfd, 1, TURN_MS) > 0)
				n = recv(fd, out, DNS_KIT_MESSAGE_MAX, 0);
		}
	close(fd);
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
	struct dns_kit_message query =
		dns_kit_query(name->text, family == ADDR_V4 ? DNS_KIT_A : DNS_KIT_AAAA);
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	ssize_t n = exchange(ctx, &query, out);
	ldns_pkt *p;
	int err;

	if (n < 0)
		return ERR_TIMEOUT;
	if (ldns_wire2pkt(&p, out, (size_t)n) != LDNS_STATUS_OK)
		return ERR_PROTOCOL;
	err = ldns_pkt_aa(p) ? take_record(p, family, ret, ret_ttl) : ERR_PROTOCOL;
	ldns_pkt_free(p);
	return err;
}

/* --- beside the suite: several batches at once --- */

enum { BATCHES = 5 };

struct news {
	unsigned n_calls, place;
	int err;
	struct dns *close; /* optional: from inside the first news */
};

static unsigned n_news;

static void on_news(void *arg, int err, const struct errinfo *why)
{
	struct news *n = arg;

	ck_assert_int_eq(why != NULL, err != 0);
	n->n_calls++;
	n->err = err;
	n->place = n_news++;
	if (n->close != NULL)
		dns_close(n->close);
}

static struct fqdn zone_name;
static uv_loop_t loop;
static struct builtin several;
static struct dns *zone;

static void setup_several(void)
{
	struct errinfo ei = ERRINFO_INIT;

	n_news = 0;
	zone_name = value_name("dyn.example.com");
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(open_builtin(&several, &loop, &zone_name, &zone, &ei), 0);
}

static void teardown_several(void)
{
	dns_close(zone);
	shut_builtin(&several);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* The odd ones are for another zone. */
static void submit_all(struct dns_change changes[BATCHES], struct news news[BATCHES])
{
	static const char *const names[2] = {"a.dyn.example.com", "a.example.com"};
	size_t i;

	for (i = 0; i < BATCHES; i++) {
		changes[i] = (struct dns_change){.action = DNS_UPSERT,
						 .name = value_name(names[i % 2]),
						 .addr = value_addr("192.0.2.1"),
						 .ttl = 60};
		ck_assert_int_eq(dns_submit(zone, &changes[i], 1, on_news, &news[i]), 0);
	}
	ck_assert_uint_eq(n_news, 0);
}

START_TEST(all_batches_of_one_turn_are_told_in_their_order)
{
	struct dns_change changes[BATCHES];
	struct news news[BATCHES] = {{0}};
	size_t i;

	submit_all(changes, news);
	for (i = 0; i < 3; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	for (i = 0; i < BATCHES; i++) {
		ck_assert_uint_eq(news[i].n_calls, 1);
		ck_assert_uint_eq(news[i].place, i);
		ck_assert_int_eq(news[i].err, i % 2 == 0 ? 0 : ERR_REFUSED);
	}
	/* And those of another turn. */
	memset(news, 0, sizeof(news));
	n_news = 0;
	submit_all(changes, news);
	for (i = 0; i < 3; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(n_news, BATCHES);
}
END_TEST

START_TEST(a_close_cancels_all_batches_of_the_turn)
{
	struct dns_change changes[BATCHES];
	struct news news[BATCHES] = {{0}};
	size_t i;

	submit_all(changes, news);
	dns_close(zone);
	zone = NULL;
	for (i = 0; i < BATCHES; i++) {
		ck_assert_uint_eq(news[i].n_calls, 1);
		ck_assert_int_eq(news[i].err, ERR_CANCELED);
	}
}
END_TEST

START_TEST(a_close_from_inside_the_news_loses_none)
{
	struct dns_change changes[BATCHES];
	struct news news[BATCHES] = {{0}};
	size_t i;

	submit_all(changes, news);
	news[1].close = zone;
	zone = NULL;
	for (i = 0; i < 3; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	for (i = 0; i < BATCHES; i++)
		ck_assert_uint_eq(news[i].n_calls, 1);
}
END_TEST

static TCase *several_batches(void)
{
	TCase *tc = tcase_create("several_batches");

	tcase_add_checked_fixture(tc, setup_several, teardown_several);
	tcase_add_test(tc, all_batches_of_one_turn_are_told_in_their_order);
	tcase_add_test(tc, a_close_cancels_all_batches_of_the_turn);
	tcase_add_test(tc, a_close_from_inside_the_news_loses_none);
	return tc;
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
	Suite *s = suite_create("builtin");
	SRunner *runner;
	int failed;

	dns_suite_add(s, &subject);
	suite_add_tcase(s, several_batches());
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

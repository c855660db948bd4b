/* SPDX-License-Identifier: BSD-2-Clause
 * See world.h. */
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/builtin.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "http/server.h"
#include "net/listen.h"
#include "net/prefix.h"
#include "store/memory.h"
#include "store/store.h"

/* Only the server's own time limits end a connection before that, and those are longer. */
enum { PATIENCE_MS = 10000, LIMIT_MS = 60000, TTL = 60 };

static struct {
	uv_loop_t loop;
	struct store *store;
	struct dns_zone *zone;
	struct dns *dns;
	struct engine *engine;
	struct http_server *http;
} world;

static const struct prefix proxies[] = {
	{.addr = {.family = ADDR_V4, .bytes = {127}}, .len = 8},
};

/* ---------------------------------------------------------------- what is behind the front */

static struct fqdn name_of(const char *text)
{
	struct fqdn name;

	must(fqdn_parse(slice_of(text), &name) == 0);
	return name;
}

static void on_put(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	must(err == 0);
	*(bool *)arg = true;
}

static void wait_for(const bool *flag)
{
	while (!*flag)
		uv_run(&world.loop, UV_RUN_ONCE);
}

static void add_account(void)
{
	static const char *const hosts[] = {"home.dyn.example.com", "nas.dyn.example.com"};
	struct account *a = NULL;
	bool is_put = false;
	size_t i;

	must(account_new(slice_of("router"), &a, NULL) == 0);
	must(account_set_secret(a, slice_of("secret"), NULL) == 0);
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		must(account_add_host(a, slice_of(hosts[i]), NULL, NULL, NULL) == 0);
	must(store_put(world.store, a, STORE_CREATE, on_put, &is_put) == 0);
	wait_for(&is_put);
	account_free(a);
}

static void on_closed(void *arg, struct dns_zone *zone)
{
	(void)arg;
	must(zone == world.zone);
}

static void open_zone(void)
{
	const struct dns_server_zone conf = {
		.name = name_of("dyn.example.com"),
		.n_ns = 1,
		.ns = {name_of("ns.example.net")},
		.ttl = TTL,
	};

	must(dns_zone_new(&conf, 1, 1, &world.zone) == 0);
	must(builtin_new(&world.loop, world.zone, on_closed, NULL, &world.dns) == 0);
}

static void on_engine_started(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	must(err == 0);
	*(bool *)arg = true;
}

/* Nothing is limited by time: an input means the same whatever came before it, but for what is
 * published. */
static void open_engine(void)
{
	const struct engine_zone zone = {.name = name_of("dyn.example.com"),
					 .id = "builtin",
					 .dns = world.dns,
					 .ttl = TTL,
					 .allow_special_addresses = true,
					 .republish_interval_s = 86400};
	const struct engine_conf conf = {
		.zones = &zone,
		.n_zones = 1,
		.update_deadline_ms = LIMIT_MS,
		.max_pending_updates = 100,
		.max_pending_hashes = 64,
		.max_pending_hosts = 1000,
		.max_new_hosts = 1000,
		.sync_interval_ms = LIMIT_MS,
		.settle_ms = LIMIT_MS,
		.scan_share = 100,
		.account_cache = 100,
	};
	bool is_started = false;

	must(engine_new(&world.loop, &conf, world.store, &world.engine) == 0);
	must(engine_start(world.engine, on_engine_started, &is_started) == 0);
	wait_for(&is_started);
}

/* ---------------------------------------------------------------- the front */

static void listen_on(bool is_proxied)
{
	struct listen_at at = {.text = "127.0.0.1:0"};
	struct sockaddr_in *in = (struct sockaddr_in *)&at.sa;
	const struct http_listen how = {.at = &at, .query_login = true, .is_proxied = is_proxied};
	struct errinfo ei = ERRINFO_INIT;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(http_server_listen(world.http, &how, &ei) == 0);
}

static void open_front(void)
{
	const struct http_limits limits = {
		.threads = 1,
		.max_connections = 64,
		.max_connections_per_client = 64,
		.header_timeout_ms = LIMIT_MS,
		.body_timeout_ms = LIMIT_MS,
		.keepalive_timeout_ms = LIMIT_MS,
		.keepalive_requests = 1000,
		.retry_after_s = 300,
		.n_trusted = sizeof(proxies) / sizeof(proxies[0]),
		.trusted = proxies,
	};
	struct errinfo ei = ERRINFO_INIT;

	must(http_server_new(&world.loop, &limits, world.engine, &world.http, &ei) == 0);
	listen_on(false);
	listen_on(true);
}

void world_open(void)
{
	signal(SIGPIPE, SIG_IGN);
	log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT, LOG_READER_FILE);
	must(uv_loop_init(&world.loop) == 0);
	must(store_memory_open(&world.loop, &world.store) == 0);
	add_account();
	open_zone();
	open_engine();
	open_front();
}

static void on_done(void *arg)
{
	*(bool *)arg = true;
}

void world_close(void)
{
	bool is_drained = false, is_engine_drained = false;

	http_server_drain(world.http, PATIENCE_MS, on_done, &is_drained);
	wait_for(&is_drained);
	engine_drain(world.engine, PATIENCE_MS, on_done, &is_engine_drained);
	wait_for(&is_engine_drained);
	http_server_close(world.http);
	engine_close(world.engine);
	store_close(world.store);
	dns_close(world.dns);
	must(uv_run(&world.loop, UV_RUN_DEFAULT) == 0);
	must(uv_loop_close(&world.loop) == 0);
}

/* ---------------------------------------------------------------- the client */

/* A connection that has ended keeps its ports for a minute, and a fuzzer makes thousands in a
 * second: each so many come from another address of this machine. */
static void bind_client(int fd)
{
	enum { PER_ADDRESS = 4096, ADDRESSES = 1 << 16 };
	static uint32_t n;
	const struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + n++ / PER_ADDRESS % ADDRESSES),
	};
	const int on = 1;

	/* The port is chosen by connect(), which knows the other end: ip(7). */
	must(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0);
	must(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0);
}

static int connect_to(enum world_listener listener)
{
	const struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(http_server_port(world.http, (size_t)listener)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	bind_client(fd);
	/* Before it connects: libFuzzer's timer interrupts whoever waits. */
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	must(connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 || errno == EINPROGRESS);
	return fd;
}

/* One turn of the loop, at the latest when the socket has events. */
static void turn(int fd, short events)
{
	struct pollfd p[2] = {
		{.fd = uv_backend_fd(&world.loop), .events = POLLIN},
		{.fd = fd, .events = events},
	};
	int next;

	uv_run(&world.loop, UV_RUN_NOWAIT);
	next = uv_backend_timeout(&world.loop);
	poll(p, 2, next >= 0 && next < 100 ? next : 100);
	uv_run(&world.loop, UV_RUN_NOWAIT);
}

/* Sends more; the end of the input is the end of the stream. */
static void put(int fd, const uint8_t *data, size_t size, size_t *sent, bool *is_ended)
{
	ssize_t n = *sent < size ? send(fd, data + *sent, size - *sent, MSG_NOSIGNAL) : 0;

	if (n > 0)
		*sent += (size_t)n;
	/* The server has closed already. */
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		*sent = size;
	if (*sent == size && !*is_ended) {
		shutdown(fd, SHUT_WR);
		*is_ended = true;
	}
}

/* False at the end, however it comes: a server that refuses does not read what follows, and its
 * close resets the connection then. */
static bool get(int fd, char reply[WORLD_REPLY_MAX], size_t *len)
{
	ssize_t n = recv(fd, reply + *len, WORLD_REPLY_MAX - *len, 0);

	must(*len < WORLD_REPLY_MAX);
	if (n > 0)
		*len += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

size_t world_exchange(enum world_listener listener, const uint8_t *data, size_t size,
		      char reply[WORLD_REPLY_MAX])
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;
	int fd = connect_to(listener);
	bool is_ended = false;
	size_t sent = 0, len = 0;

	put(fd, data, size, &sent, &is_ended);
	while (get(fd, reply, &len)) {
		must(clock_mono_ms() < end);
		turn(fd, is_ended ? POLLIN : POLLIN | POLLOUT);
		put(fd, data, size, &sent, &is_ended);
	}
	close(fd);
	return len;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * A bounded HTTPS load on one loopback server, for script/bench.
 *
 *	load full|resumed|keepalive PORT THREADS REQUESTS PATH USER:PASSWORD-FILE
 *	load idle PORT CONNECTIONS
 *
 * full: a new TLS session for each request. resumed: a new connection with the ticket of the one
 * before. keepalive: one connection a thread. Prints "requests seconds p50_us p99_us". idle opens
 * connections, prints "ready" and holds them until standard input ends. Any reply that is not a 200
 * ends the run with status 1: a fast error is no result. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

enum { THREADS_MAX = 64, REQUESTS_MAX = 1000000, IDLE_MAX = 20000, REQUEST_MAX = 1024 };

static struct {
	SSL_CTX *ctx;
	uint16_t port;
	bool resume, keep;
	unsigned per_thread;
	char request[REQUEST_MAX];
	size_t request_len;
} run;

struct worker {
	pthread_t thread;
	SSL_SESSION *session;
	struct latencies latencies;
};

static int ssl_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

/* TLS 1.3 tickets arrive with the reply; the newest serves the next connection. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct worker *w = SSL_get_ex_data(ssl, ssl_index());

	if (w == NULL)
		return 0;
	SSL_SESSION_free(w->session);
	w->session = session;
	return 1;
}

static SSL *open_connection(struct worker *w)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(run.port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	SSL *ssl = SSL_new(run.ctx);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || ssl == NULL || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		die("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	SSL_set_ex_data(ssl, ssl_index(), w);
	if (run.resume && w != NULL && w->session != NULL)
		SSL_set_session(ssl, w->session);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) != 1)
		die("TLS handshake failed");
	return ssl;
}

static void close_connection(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* Reads one reply by its Content-Length. Returns whether the server closes the connection now. */
static bool exchange(SSL *ssl)
{
	char reply[4096];
	size_t have = 0, want = sizeof(reply);
	const char *head, *length;

	if (SSL_write(ssl, run.request, (int)run.request_len) <= 0)
		die("write failed");
	while (have < want) {
		int n = SSL_read(ssl, reply + have, (int)(sizeof(reply) - 1 - have));

		if (n <= 0)
			die("connection closed before the reply was complete");
		have += (size_t)n;
		reply[have] = '\0';
		head = strstr(reply, "\r\n\r\n");
		if (head == NULL)
			continue;
		length = strcasestr(reply, "\r\nContent-Length:");
		if (length == NULL)
			die("reply without Content-Length");
		want = (size_t)(head + 4 - reply) + strtoul(length + 17, NULL, 10);
	}
	if (strncmp(reply, "HTTP/1.1 200", 12) != 0)
		die("reply is not a 200");
	return strcasestr(reply, "\r\nConnection: close") != NULL;
}

/* After the reply a TLS 1.3 client may still have the ticket to read; the close makes it come. */
static void finish(SSL *ssl)
{
	char rest[64];

	while (SSL_read(ssl, rest, sizeof(rest)) > 0)
		continue;
	close_connection(ssl);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	SSL *ssl = NULL;
	unsigned i;

	for (i = 0; i < run.per_thread; i++) {
		uint64_t start = now_ns();

		bool closes;

		if (ssl == NULL)
			ssl = open_connection(w);
		if (run.resume && i > 0 && !SSL_session_reused(ssl))
			die("the session was not resumed");
		closes = exchange(ssl);
		latencies_add(&w->latencies, start);
		if (run.keep && !closes)
			continue;
		finish(ssl);
		ssl = NULL;
	}
	if (ssl != NULL)
		close_connection(ssl);
	SSL_SESSION_free(w->session);
	return NULL;
}

static void run_load(unsigned threads, unsigned requests)
{
	struct worker workers[THREADS_MAX] = {0};
	struct latencies all;
	uint64_t start;
	double seconds;
	unsigned i;

	run.per_thread = requests / threads;
	latencies_open(&all, requests);
	start = now_ns();
	for (i = 0; i < threads; i++) {
		workers[i].latencies.max = run.per_thread;
		workers[i].latencies.us = all.us + (size_t)i * run.per_thread;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			die("cannot create a thread");
	}
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	seconds = (double)(now_ns() - start) / 1e9;
	all.n = (size_t)run.per_thread * threads;
	printf("%zu %.3f %u %u\n", all.n, seconds, latencies_us(&all, 50), latencies_us(&all, 99));
	latencies_close(&all);
}

static void run_idle(unsigned n)
{
	SSL **all = need(calloc(n, sizeof(SSL *)));
	unsigned i;

	for (i = 0; i < n; i++)
		all[i] = open_connection(NULL);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
	for (i = 0; i < n; i++)
		close_connection(all[i]);
	free(all);
}

static void prepare(void)
{
	run.ctx = SSL_CTX_new(TLS_client_method());
	if (run.ctx == NULL || ssl_index() < 0)
		die("OpenSSL cannot start");
	/* The server is our own, started a second ago on loopback: nothing to check. */
	SSL_CTX_set_verify(run.ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_min_proto_version(run.ctx, TLS1_3_VERSION);
	SSL_CTX_set_session_cache_mode(run.ctx, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(run.ctx, on_session);
}

static void build_request(const char *path, const char *credentials_file)
{
	char credentials[256] = "", encoded[360];
	FILE *f = fopen(credentials_file, "r");
	int n;

	if (f == NULL || fgets(credentials, sizeof(credentials), f) == NULL)
		die("cannot read the credentials file");
	fclose(f);
	credentials[strcspn(credentials, "\n")] = '\0';
	EVP_EncodeBlock((unsigned char *)encoded, (unsigned char *)credentials,
			(int)strlen(credentials));
	n = snprintf(run.request, sizeof(run.request),
		     "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n"
		     "Connection: %s\r\n\r\n",
		     path, encoded, run.keep ? "keep-alive" : "close");
	if (n < 0 || (size_t)n >= sizeof(run.request))
		die("request too long");
	run.request_len = (size_t)n;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		die("usage: load full|resumed|keepalive PORT THREADS REQUESTS PATH FILE | idle "
		    "PORT N");
	signal(SIGPIPE, SIG_IGN); /* a server that closes is an error of the write */
	run.port = (uint16_t)number(argv[2], 1, UINT16_MAX);
	prepare();
	if (strcmp(argv[1], "idle") == 0) {
		run_idle(number(argv[3], 1, IDLE_MAX));
		return 0;
	}
	if (argc != 7)
		die("wrong number of arguments");
	run.resume = strcmp(argv[1], "resumed") == 0;
	run.keep = strcmp(argv[1], "keepalive") == 0;
	build_request(argv[5], argv[6]);
	run_load(number(argv[3], 1, THREADS_MAX), number(argv[4], 1, REQUESTS_MAX));
	SSL_CTX_free(run.ctx);
	return 0;
}

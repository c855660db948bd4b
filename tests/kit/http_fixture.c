/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/http_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/tls.h"
#include "net/listen.h"
#include "kit/unit.h"

enum { PEM_BYTES_MAX = 4096, PAIR_DAYS = 30, RSA_BITS = 2048 };

/* ---------------------------------------------------------------- the fake engine */

static void answer_all(struct engine *e)
{
	size_t i, n = e->n_held;

	e->n_held = 0;
	for (i = 0; i < n; i++)
		e->held[i].done(e->held[i].arg, &e->answer);
}

static void on_idle(uv_idle_t *idle)
{
	struct engine *e = idle->data;

	uv_idle_stop(idle);
	if (!e->hold)
		answer_all(e);
}

void engine_update(struct engine *e, struct engine_request *r, engine_answer_fn *done, void *arg)
{
	ck_assert_uint_lt(e->n_held, FIXTURE_HELD_MAX);
	e->last = *r;
	e->n_updates++;
	e->held[e->n_held].done = done;
	e->held[e->n_held++].arg = arg;
	if (!e->hold)
		uv_idle_start(&e->idle, on_idle);
}

void engine_hurry(struct engine *e, uint64_t id)
{
	e->n_hurried++;
	e->last_hurried = id;
}

void fixture_release(struct fixture *f)
{
	f->engine.hold = false;
	uv_idle_start(&f->engine.idle, on_idle);
}

/* ---------------------------------------------------------------- files */

void fixture_write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void write_pair(const char *certificate, const char *private_key, unsigned char serial,
		       gnutls_pk_algorithm_t kind, unsigned bits, int first_day)
{
	char pem[PEM_BYTES_MAX];
	size_t len = sizeof(pem);
	time_t begin = time(NULL) + first_day * 86400;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	ck_assert_int_eq(gnutls_x509_privkey_init(&key), 0);
	ck_assert_int_eq(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	ck_assert_int_eq(
		gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, 0, pem, &len), 0);
	fixture_write_file(private_key, pem);
	ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_version(crt, 3), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_serial(crt, &serial, 1), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_activation_time(crt, begin - 60), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_expiration_time(crt, begin + PAIR_DAYS * 86400), 0);
	ck_assert_int_eq(gnutls_x509_crt_set_key(crt, key), 0);
	ck_assert_int_eq(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
	len = sizeof(pem);
	ck_assert_int_eq(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, pem, &len), 0);
	fixture_write_file(certificate, pem);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

void fixture_write_pair(const char *certificate, const char *private_key, unsigned char serial)
{
	fixture_write_pair_from(certificate, private_key, serial, 0);
}

void fixture_write_pair_from(const char *certificate, const char *private_key, unsigned char serial,
			     int first_day)
{
	write_pair(certificate, private_key, serial, GNUTLS_PK_ECDSA,
		   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), first_day);
}

void fixture_write_rsa_pair(const char *certificate, const char *private_key, unsigned char serial)
{
	write_pair(certificate, private_key, serial, GNUTLS_PK_RSA, RSA_BITS, 0);
}

static void take_reason(void *arg, const char *certificate, const char *why)
{
	struct errinfo *ei = arg;

	ck_assert_ptr_nonnull(certificate);
	if (why != NULL)
		err_set(ei, ERR_INVAL, "%s", why);
}

int fixture_reload(struct http_tls *tls, struct errinfo *ei)
{
	struct errinfo first = ERRINFO_INIT;

	http_tls_reload(tls, take_reason, &first);
	ck_assert(http_tls_is_stale(tls) == (first.text[0] != '\0'));
	if (first.text[0] == '\0')
		return 0;
	return err_set(ei, ERR_INVAL, "%s", first.text);
}

/* ---------------------------------------------------------------- the server */

struct http_limits fixture_limits(void)
{
	return (struct http_limits){
		.threads = 2,
		.max_connections = 512,
		.max_connections_per_client = 512,
		.header_timeout_ms = FIXTURE_PATIENCE_MS * 2,
		.body_timeout_ms = FIXTURE_PATIENCE_MS * 2,
		.keepalive_timeout_ms = FIXTURE_PATIENCE_MS * 2,
		.keepalive_requests = 100,
		.retry_after_s = 300,
	};
}

void fixture_listen(struct fixture *f, struct http_listen how)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listen_at at = {.text = "127.0.0.1:0"};
	struct sockaddr_in *in = (struct sockaddr_in *)&at.sa;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	how.at = &at;
	ck_assert_msg(http_server_listen(f->server, &how, &ei) == 0, "%s", ei.text);
}

void fixture_open(struct fixture *f, const struct http_limits *limits)
{
	struct errinfo ei = ERRINFO_INIT;
	struct http_tls_pair pair;

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/mooring-t_http.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	snprintf(f->certificate, sizeof(f->certificate), "%s/cert.pem", f->dir);
	snprintf(f->private_key, sizeof(f->private_key), "%s/key.pem", f->dir);
	fixture_write_pair(f->certificate, f->private_key, 1);
	ck_assert_int_eq(uv_loop_init(&f->loop), 0);
	ck_assert_int_eq(uv_idle_init(&f->loop, &f->engine.idle), 0);
	f->engine.idle.data = &f->engine;
	dyndns_answer_one(&f->engine.answer, DYNDNS_NOCHG);
	pair = (struct http_tls_pair){f->certificate, f->private_key};
	ck_assert_msg(http_tls_new(&pair, 1, HTTP_TLS_MODERN, &f->tls, &ei) == 0, "%s", ei.text);
	ck_assert_int_eq(http_server_new(&f->loop, limits, &f->engine, &f->server, &ei), 0);
	fixture_listen(f, (struct http_listen){.tls = NULL});
	fixture_listen(f, (struct http_listen){.tls = f->tls});
}

/* One turn of the loop, at the latest when fd (-1: none) has events or after ms. */
static void turn(struct fixture *f, int fd, short events, int ms)
{
	struct pollfd p[2] = {
		{.fd = uv_backend_fd(&f->loop), .events = POLLIN},
		{.fd = fd, .events = events},
	};
	int next;

	uv_run(&f->loop, UV_RUN_NOWAIT);
	next = uv_backend_timeout(&f->loop);
	poll(p, fd >= 0 ? 2 : 1, next >= 0 && next < ms ? next : ms);
	uv_run(&f->loop, UV_RUN_NOWAIT);
}

void fixture_wait(struct fixture *f, const bool *flag)
{
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;

	while (!*flag && clock_mono_ms() < end)
		turn(f, -1, 0, 100);
	ck_assert_msg(*flag, "waited in vain");
}

void fixture_wait_updates(struct fixture *f, size_t n)
{
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;

	while (f->engine.n_updates < n && clock_mono_ms() < end)
		turn(f, -1, 0, 100);
	ck_assert_uint_eq(f->engine.n_updates, n);
}

void fixture_wait_metric(struct fixture *f, enum metric m, int64_t value)
{
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;

	while (metric_get(m) != value && clock_mono_ms() < end)
		turn(f, -1, 0, 1);
	ck_assert_int_eq(metric_get(m), value);
}

void fixture_run(struct fixture *f, int ms)
{
	int64_t end = clock_mono_ms() + ms;
	int64_t left;

	while ((left = end - clock_mono_ms()) > 0)
		turn(f, -1, 0, (int)left);
}

static void on_drained(void *arg)
{
	struct fixture *f = arg;

	ck_assert(!f->drained);
	f->drained = true;
}

void fixture_drain(struct fixture *f, unsigned timeout_ms)
{
	http_server_drain(f->server, timeout_ms, on_drained, f);
}

static void remove_files(struct fixture *f)
{
	unlink(f->certificate);
	unlink(f->private_key);
	ck_assert_int_eq(rmdir(f->dir), 0);
}

void fixture_close(struct fixture *f)
{
	int64_t began = clock_mono_ms();

	if (!f->drained) {
		fixture_drain(f, FIXTURE_PATIENCE_MS);
		fixture_wait(f, &f->drained);
		/* Not by the timeout: every connection was counted out again. */
		ck_assert_int_lt(clock_mono_ms() - began, FIXTURE_PATIENCE_MS / 2);
	}
	http_server_close(f->server);
	uv_close((uv_handle_t *)&f->engine.idle, NULL);
	ck_assert_int_eq(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&f->loop), 0);
	http_tls_free(f->tls);
	remove_files(f);
}

/* ---------------------------------------------------------------- clients */

void client_open(struct client *c, const struct fixture *f, size_t listener)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(http_server_port(f->server, listener)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(fcntl(c->fd, F_SETFL, O_NONBLOCK), 0);
}

void client_prepare_session(struct client *c)
{
	ck_assert_int_eq(gnutls_certificate_allocate_credentials(&c->credentials), 0);
	ck_assert_int_eq(gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
	ck_assert_int_eq(gnutls_set_default_priority(c->tls), 0);
	ck_assert_int_eq(gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, c->credentials), 0);
	gnutls_transport_set_int(c->tls, c->fd);
}

void client_prepare_tls(struct client *c, const struct fixture *f)
{
	client_open(c, f, 1);
	client_prepare_session(c);
}

int client_handshake(struct client *c, struct fixture *f)
{
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;
	int err;

	while ((err = gnutls_handshake(c->tls)) == GNUTLS_E_AGAIN && clock_mono_ms() < end)
		turn(f, c->fd, gnutls_record_get_direction(c->tls) ? POLLOUT : POLLIN, 100);
	return err;
}

void client_open_tls(struct client *c, struct fixture *f, const gnutls_datum_t *resume)
{
	int err;

	client_prepare_tls(c, f);
	if (resume != NULL)
		ck_assert_int_eq(gnutls_session_set_data(c->tls, resume->data, resume->size), 0);
	err = client_handshake(c, f);
	ck_assert_msg(err == 0, "%s", gnutls_strerror(err));
}

void client_send(struct client *c, const void *data, size_t len)
{
	ssize_t n = c->tls != NULL ? gnutls_record_send(c->tls, data, len)
				   : send(c->fd, data, len, MSG_NOSIGNAL);

	ck_assert_int_eq(n, (ssize_t)len);
}

void client_puts(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

/* What is there; sets eof at the end of the stream, however it ended. */
static void receive(struct client *c)
{
	size_t room = CLIENT_BYTES_MAX - c->len;
	ssize_t n = c->tls != NULL ? gnutls_record_recv(c->tls, c->bytes + c->len, room)
				   : recv(c->fd, c->bytes + c->len, room, 0);

	ck_assert_uint_gt(room, 0);
	if (n > 0)
		c->len += (size_t)n;
	else if (c->tls != NULL ? n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED
				: n == 0 || (errno != EAGAIN && errno != EINTR))
		c->eof = true;
	c->bytes[c->len] = '\0';
}

int64_t client_read_all(struct client *c, struct fixture *f)
{
	int64_t began = clock_mono_ms();

	while (receive(c), !c->eof) {
		ck_assert_msg(clock_mono_ms() - began < FIXTURE_PATIENCE_MS, "never closed: %s",
			      c->bytes);
		turn(f, c->fd, POLLIN, 100);
	}
	return clock_mono_ms() - began;
}

/* The length of the reply that c->bytes begins with, or 0. */
static size_t reply_len(const struct client *c)
{
	const char *body = reply_body(c->bytes);
	char value[16];
	size_t len;

	if (body == NULL)
		return 0;
	len = (size_t)atoi(reply_header(c->bytes, "Content-Length", value, sizeof(value)));
	len += (size_t)(body - c->bytes);
	return len <= c->len ? len : 0;
}

void client_read_reply(struct client *c, struct fixture *f)
{
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;

	while (receive(c), reply_len(c) == 0) {
		ck_assert_msg(!c->eof && clock_mono_ms() < end, "no reply: %s", c->bytes);
		turn(f, c->fd, POLLIN, 100);
	}
}

void client_take(struct client *c)
{
	size_t len = reply_len(c);

	memmove(c->bytes, c->bytes + len, c->len - len + 1);
	c->len -= len;
}

void client_close(struct client *c)
{
	if (c->tls != NULL) {
		gnutls_deinit(c->tls);
		gnutls_certificate_free_credentials(c->credentials);
	}
	ck_assert_int_eq(close(c->fd), 0);
}

/* ---------------------------------------------------------------- replies */

const char *reply_body(const char *reply)
{
	const char *end = strstr(reply, "\r\n\r\n");

	return end != NULL ? end + 4 : NULL;
}

const char *reply_header(const char *reply, const char *name, char *out, size_t cap)
{
	const char *end = strstr(reply, "\r\n\r\n"), *line = strstr(reply, "\r\n");
	size_t len = strlen(name);

	out[0] = '\0';
	for (; line != NULL && line < end; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) != 0 || line[2 + len] != ':')
			continue;
		line += 2 + len + 1;
		line += strspn(line, " ");
		snprintf(out, cap, "%.*s", (int)strcspn(line, "\r"), line);
		break;
	}
	return out;
}

unsigned reply_status(const char *reply)
{
	unsigned status = 0;

	return sscanf(reply, "HTTP/1.1 %3u ", &status) == 1 ? status : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The real HTTP server on port 0 of the loopback, a fake engine behind it, and clients that are
 * served by the same thread's loop: every wait polls the client's socket and the loop together. */
#ifndef MOORING_TESTS_KIT_HTTP_FIXTURE_H
#define MOORING_TESTS_KIT_HTTP_FIXTURE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/metric.h"
#include "engine/engine.h"
#include "http/server.h"

enum { FIXTURE_HELD_MAX = 256, FIXTURE_PATIENCE_MS = 10000, CLIENT_BYTES_MAX = 16384 };

/* The fake: answers in a later turn of the loop, or holds what it gets until hold is false. */
struct engine {
	uv_idle_t idle;
	bool hold;
	struct dyndns_answer answer;
	size_t n_updates;
	size_t n_hurried;
	uint64_t last_hurried;
	struct engine_request last;
	size_t n_held;
	struct {
		engine_answer_fn *done;
		void *arg;
	} held[FIXTURE_HELD_MAX];
};

struct fixture {
	uv_loop_t loop;
	struct engine engine;
	struct http_server *server;
	struct http_tls *tls;
	char dir[64]; /* of this fixture's files; removed at the end */
	char certificate[96], private_key[96];
	bool drained;
};

/* Limits that no test runs into by accident. */
struct http_limits fixture_limits(void);
/* Listens on 127.0.0.1: [0] plain, [1] TLS with a certificate of serial number 1. */
void fixture_open(struct fixture *f, const struct http_limits *limits);
/* Listens on one more port of 127.0.0.1; how.at is not looked at. */
void fixture_listen(struct fixture *f, struct http_listen how);
/* Drains, closes, and checks that nothing is left over. */
void fixture_close(struct fixture *f);
/* The drain began and has not to end within the call. */
void fixture_drain(struct fixture *f, unsigned timeout_ms);
/* Lets the fake engine answer all that it holds. */
void fixture_release(struct fixture *f);
/* Runs the loop until *flag or, failing the test, for too long. */
void fixture_wait(struct fixture *f, const bool *flag);
void fixture_wait_updates(struct fixture *f, size_t n);
/* Until the metric has the value, which others may have set. */
void fixture_wait_metric(struct fixture *f, enum metric m, int64_t value);
/* Runs the loop, and nothing else, for ms. */
void fixture_run(struct fixture *f, int ms);

/* A fresh P-256 key and its self-signed certificate. */
void fixture_write_pair(const char *certificate, const char *private_key, unsigned char serial);
/* The same, valid for 30 days from the one on that is so many days from now. */
void fixture_write_pair_from(const char *certificate, const char *private_key, unsigned char serial,
			     int first_day);
/* The same with an RSA key. */
void fixture_write_rsa_pair(const char *certificate, const char *private_key, unsigned char serial);
void fixture_write_file(const char *path, const char *text);
/* As http_tls_reload(): 0, or an error and the first reason. ei may be NULL. */
int fixture_reload(struct http_tls *tls, struct errinfo *ei);

struct client {
	int fd;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t credentials;
	size_t len;
	char bytes[CLIENT_BYTES_MAX + 1]; /* received and not taken; a C string */
	bool eof;
};

/* TCP only. */
void client_open(struct client *c, const struct fixture *f, size_t listener);
/* And a session, with every default; client_handshake() returns what GnuTLS says in the end. */
void client_prepare_tls(struct client *c, const struct fixture *f);
/* The session alone, on a connection that is open. */
void client_prepare_session(struct client *c);
int client_handshake(struct client *c, struct fixture *f);
/* And a handshake that succeeds; resume may be NULL. */
void client_open_tls(struct client *c, struct fixture *f, const gnutls_datum_t *resume);
void client_send(struct client *c, const void *data, size_t len);
void client_puts(struct client *c, const char *text);
/* Receives until the server closes. The milliseconds that took. */
int64_t client_read_all(struct client *c, struct fixture *f);
/* Receives one reply, with its Content-Length, into c->bytes; client_take() drops it. */
void client_read_reply(struct client *c, struct fixture *f);
void client_take(struct client *c);
void client_close(struct client *c);

/* The value of a header in the reply, "" when absent; copied to out. */
const char *reply_header(const char *reply, const char *name, char *out, size_t cap);
const char *reply_body(const char *reply);
unsigned reply_status(const char *reply);

#endif

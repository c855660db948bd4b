/* SPDX-License-Identifier: BSD-2-Clause
 * An AWS of a few lines: an HTTP/1.1 server on the test's own loop that answers from a script,
 * keeps what it was asked, and a client that talks to it. */
#ifndef MOORING_TESTS_UNIT_AWS_KIT_H
#define MOORING_TESTS_UNIT_AWS_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <uv.h>

#include "aws/call.h"
#include "aws/client.h"
#include "aws/credentials.h"

enum { KIT_REQUESTS_MAX = 64 };

/* One answer. The last one of a script answers all further requests as well. */
struct kit_reply {
	int status;	     /* 0: raw is sent instead; -1: no answer at all */
	const char *headers; /* whole lines, or NULL */
	const char *body;    /* or NULL */
	const char *raw;     /* whatever bytes; the connection is closed after them */
	size_t cut_at;	     /* > 0: the connection is closed after so many bytes */
	bool bad_crc;	     /* a wrong x-amz-crc32 instead of the right one */
};

#define KIT_REPLY(s, h, b)                                                                         \
	{                                                                                          \
		.status = (s), .headers = (h), .body = (b)                                         \
	}
#define KIT_BAD_CRC(s, h, b)                                                                       \
	{                                                                                          \
		.status = (s), .headers = (h), .body = (b), .bad_crc = true                        \
	}

struct kit_conn;

struct kit {
	uv_loop_t loop;
	uv_tcp_t server;
	LIST_HEAD(, kit_conn) conns;
	char url[64];
	char host[32];
	const struct kit_reply *script;
	size_t n_script;
	size_t n_requests;
	size_t n_connections;
	char *requests[KIT_REQUESTS_MAX]; /* the bytes as they came */
	struct aws_client *client;
};

/* What a call ended with. */
struct kit_result {
	unsigned n_done;
	int err;
	long status;
	char code[AWS_CODE_MAX];
	char request_id[AWS_REQUEST_ID_MAX];
	char text[ERR_TEXT_MAX];
	char message[1024];
	char body[1024];
};

/* Starts the server and a client with fixed keys; conf may be NULL. */
void kit_start(struct kit *k, const struct kit_reply *script, size_t n_script,
	       const struct aws_client_conf *conf);
/* The same in two steps, for an environment that names the server; env is borrowed for life. Pauses
 * between questions to metadata services are a millisecond. */
void kit_listen(struct kit *k, const struct kit_reply *script, size_t n_script);
void kit_open_client(struct kit *k, const struct aws_client_conf *conf, const char *const *env);
/* Closes both, and fails unless the loop is then empty. The client may be closed already (NULL). */
void kit_stop(struct kit *k);
/* A new script for the same server. */
void kit_script(struct kit *k, const struct kit_reply *script, size_t n_script);
/* Turns the loop until *n_done reaches n; fails after some seconds. */
void kit_run(struct kit *k, const unsigned *n_done, unsigned n);
/* Fails unless the i-th request bears the signature that its own bytes lead to. */
void kit_assert_signed(const struct kit *k, size_t i, const char *region, const char *service);
/* The value of a header of the i-th request, "" when it has none; valid until the next call. */
const char *kit_header(const struct kit *k, size_t i, const char *name);
const char *kit_body(const struct kit *k, size_t i);

/* An assertion for where allocations may fail: libcheck's own allocate. */
void kit_must(bool ok);

/* Copies what a done function was told. */
void kit_take(struct kit_result *r, int err, const struct aws_error *error);

/* A DynamoDB service at the kit's server, with backoffs of a millisecond. */
void kit_service_start(struct kit *k, struct aws_service_state *s, unsigned timeout_ms);
/* Starts a GetItem whose end r is told: it must not be moved. Returns what aws_call_start() does.
 */
int kit_start_call(struct aws_service_state *s, struct kit_result *r);
/* The same, and waits for it. */
void kit_call(struct kit *k, struct aws_service_state *s, struct kit_result *r);

/* A Route 53 service there, likewise. */
struct aws_route53 *kit_open_route53(struct kit *k);

/* What the client's provider answered. */
struct kit_answer {
	unsigned n_done;
	int err;
	struct aws_credentials *creds; /* the test lets go of it */
	struct errinfo why;
	struct aws_credentials_wait wait;
};

/* Asks; a must not be moved until it is answered. */
void kit_start_ask(struct kit *k, bool refresh, struct kit_answer *a);
/* The same, and waits for the answer. */
void kit_ask(struct kit *k, bool refresh, struct kit_answer *a);
/* A file in /tmp with that text; path is a template of mkstemp(3). */
void kit_write_temp(char *path, const char *text);

#define JSON_ERROR(code) "{\"__type\":\"com.amazon.coral.service#" code "\",\"message\":\"no\"}"

#define KIT_KEY	   "AKIDEXAMPLE"
#define KIT_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KIT_TOKEN  "tok/en+=="

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * An AWS of a few lines: an HTTP/1.1 server on the test's own loop that answers from a script,
 * keeps what it was asked, and a client that talks to it. */
#ifndef MOORING_TESTS_KIT_FAKE_AWS_H
#define MOORING_TESTS_KIT_FAKE_AWS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <uv.h>

#include "aws/call.h"
#include "aws/client.h"
#include "aws/credentials.h"

enum { FAKE_AWS_REQUESTS_MAX = 64 };

/* One answer. The last one of a script answers all further requests as well. */
struct fake_aws_reply {
	int status;	     /* 0: raw is sent instead; -1: no answer at all */
	const char *headers; /* whole lines, or NULL */
	const char *body;    /* or NULL */
	const char *raw;     /* whatever bytes; the connection is closed after them */
	size_t cut_at;	     /* > 0: the connection is closed after so many bytes */
	bool bad_crc;	     /* a wrong x-amz-crc32 instead of the right one */
};

#define FAKE_AWS_REPLY(s, h, b)                                                                    \
	{                                                                                          \
		.status = (s), .headers = (h), .body = (b)                                         \
	}
#define FAKE_AWS_BAD_CRC(s, h, b)                                                                  \
	{                                                                                          \
		.status = (s), .headers = (h), .body = (b), .bad_crc = true                        \
	}

struct fake_aws_conn;

struct fake_aws {
	uv_loop_t loop;
	uv_tcp_t server;
	LIST_HEAD(, fake_aws_conn) conns;
	char url[64];
	char host[32];
	const struct fake_aws_reply *script;
	size_t n_script;
	size_t n_requests;
	size_t n_connections;
	char *requests[FAKE_AWS_REQUESTS_MAX]; /* the bytes as they came */
	struct aws_client *client;
};

/* What a call ended with. */
struct fake_aws_result {
	unsigned n_done;
	int err;
	unsigned attempts; /* of an error */
	long status;
	char code[AWS_CODE_MAX];
	char request_id[AWS_REQUEST_ID_MAX];
	char text[ERR_TEXT_MAX];
	char message[1024];
	char body[1024];
};

/* Starts the server and a client with fixed keys; conf may be NULL. */
void fake_aws_start(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script,
		    const struct aws_client_conf *conf);
/* The same in two steps, for an environment that names the server; env is borrowed for life. Pauses
 * between questions to metadata services are a millisecond. */
void fake_aws_listen(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script);
void fake_aws_open_client(struct fake_aws *k, const struct aws_client_conf *conf,
			  const char *const *env);
/* Closes both, and fails unless the loop is then empty. The client may be closed already (NULL). */
void fake_aws_stop(struct fake_aws *k);
/* A new script for the same server. */
void fake_aws_script(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script);
/* Turns the loop until *n_done reaches n; fails after some seconds. */
void fake_aws_run(struct fake_aws *k, const unsigned *n_done, unsigned n);
/* Fails unless the i-th request bears the signature that its own bytes lead to. */
void fake_aws_assert_signed(const struct fake_aws *k, size_t i, const char *region,
			    const char *service);
/* The value of a header of the i-th request, "" when it has none; valid until the next call. */
const char *fake_aws_header(const struct fake_aws *k, size_t i, const char *name);
const char *fake_aws_body(const struct fake_aws *k, size_t i);

/* An assertion for where allocations may fail: libcheck's own allocate. */
void fake_aws_must(bool ok);

/* Copies what a done function was told. */
void fake_aws_take(struct fake_aws_result *r, int err, const struct aws_error *error);

/* A DynamoDB service at the kit's server, with backoffs of a millisecond. */
void fake_aws_service_start(struct fake_aws *k, struct aws_service_state *s, unsigned timeout_ms);
/* Starts a GetItem whose end r is told: it must not be moved. Returns what aws_call_start() does.
 */
int fake_aws_start_call(struct aws_service_state *s, struct fake_aws_result *r);
/* The same, and waits for it. */
void fake_aws_call(struct fake_aws *k, struct aws_service_state *s, struct fake_aws_result *r);

/* A Route 53 service there, likewise. */
struct aws_route53 *fake_aws_open_route53(struct fake_aws *k);

/* What the client's provider answered. */
struct fake_aws_answer {
	unsigned n_done;
	int err;
	struct aws_credentials *creds; /* the test lets go of it */
	struct errinfo why;
	struct aws_credentials_wait wait;
};

/* Asks; a must not be moved until it is answered. */
void fake_aws_start_ask(struct fake_aws *k, bool refresh, struct fake_aws_answer *a);
/* The same, and waits for the answer. */
void fake_aws_ask(struct fake_aws *k, bool refresh, struct fake_aws_answer *a);
/* A file in /tmp with that text; path is a template of mkstemp(3). */
void fake_aws_write_temp(char *path, const char *text);

#define JSON_ERROR(code) "{\"__type\":\"com.amazon.coral.service#" code "\",\"message\":\"no\"}"

#define FAKE_AWS_KEY	"AKIDEXAMPLE"
#define FAKE_AWS_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define FAKE_AWS_TOKEN	"tok/en+=="

#endif

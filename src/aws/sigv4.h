/* SPDX-License-Identifier: BSD-2-Clause
 * AWS Signature Version 4. Own code because libcurl 7.88.1 signs many ordinary requests wrongly.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * Pure; any thread. */
#ifndef MOORING_AWS_SIGV4_H
#define MOORING_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/sigv4_canon.h"
#include "base/buf.h"
#include "base/str.h"

enum {
	SIGV4_TIME_SIZE = 17, /* "20150830T123600Z" and its NUL */
	SIGV4_DATE_LEN = 8,
	SIGV4_HASH_SIZE = 65, /* SHA-256 in hexadecimal and its NUL */
};

/* Who signs, when and for what; borrowed. */
struct sigv4_signer {
	const char *key_id;
	const char *secret;
	const char *region;
	const char *service;
	char time[SIGV4_TIME_SIZE]; /* by sigv4_format_time(): the X-Amz-Date header as well */
};

/* One reading of the clock serves the header and the scope. ERR_INVAL outside the years 1..9999. */
int sigv4_format_time(int64_t time_s, char ret[SIGV4_TIME_SIZE]);

/* Lower-case hexadecimal SHA-256. */
void sigv4_hash(struct slice data, char ret[SIGV4_HASH_SIZE]);

/* Each appends to out and returns its state; ERR_LIMIT for too many headers or parameters. */
int sigv4_add_canonical(struct buf *out, const struct sigv4_request *req);
int sigv4_add_scope(struct buf *out, const struct sigv4_signer *signer);
int sigv4_add_string_to_sign(struct buf *out, const struct sigv4_signer *signer,
			     struct slice canonical);

/* The hexadecimal signature of a string to sign. ERR_NOMEM. */
int sigv4_sign(const struct sigv4_signer *signer, struct slice string_to_sign,
	       char ret[SIGV4_HASH_SIZE]);

/* Appends the value of the Authorization header. */
int sigv4_add_authorization(struct buf *out, const struct sigv4_signer *signer,
			    const struct sigv4_request *req);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * Temporary credentials in the forms in which they are handed out: JSON of a container's or an
 * instance's endpoint, or of a program, XML of STS. Pure; any thread. */
#ifndef MOORING_AWS_KEYDOC_H
#define MOORING_AWS_KEYDOC_H

#include "aws/credentials.h"

enum { AWS_KEYDOC_MAX = 64 * 1024 };

/* "2026-11-23T16:10:04Z", with or without a fraction of a second or an offset. ERR_INVAL. */
int aws_keydoc_parse_time(struct slice text, int64_t *ret_s);

/* AccessKeyId, SecretAccessKey, Token, Expiration; an instance adds Code and Message. origin names
 * the source in sentences: "the container's endpoint". ERR_PROTOCOL, ERR_LIMIT or ERR_INVAL with a
 * sentence that shows nothing of a key, ERR_UNAVAILABLE with the words of a document whose Code is
 * not Success, ERR_NOMEM. */
int aws_keydoc_parse_json(struct slice body, const char *origin, struct aws_credentials **ret,
			  struct errinfo *ei);

/* What a credential_process writes: the same with Version, which must be 1, and SessionToken. A
 * document without Expiration is one of keys that do not end. The same codes. */
int aws_keydoc_parse_process(struct slice output, const char *origin, struct aws_credentials **ret,
			     struct errinfo *ei);

/* Credentials of the reply to AssumeRole and AssumeRoleWithWebIdentity. The same codes. */
int aws_keydoc_parse_sts(struct slice body, struct aws_credentials **ret, struct errinfo *ei);

#endif

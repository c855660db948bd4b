/* SPDX-License-Identifier: BSD-2-Clause
 * The signature of a webhook by the Standard Webhooks specification, 1.0.0: HMAC-SHA-256 of
 * "ID.TIMESTAMP.BODY", https://github.com/standard-webhooks/standard-webhooks. Pure; any thread. */
#ifndef MOORING_NOTIFY_WEBHOOK_SIGN_H
#define MOORING_NOTIFY_WEBHOOK_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* The specification's bounds of a key, in bytes. Of several keys the other side may know any, so
 * that it can be given a new one before the old one goes. */
enum { WEBHOOK_KEY_MIN = 24, WEBHOOK_KEY_MAX = 64, WEBHOOK_KEYS_MAX = 4 };

struct webhook_keys {
	size_t n;
	struct {
		size_t len;
		unsigned char bytes[WEBHOOK_KEY_MAX];
	} at[WEBHOOK_KEYS_MAX];
};

/* Lines of base64, each with or without "whsec_" before it; "#" begins a line that is none.
 * ERR_INVAL, ERR_LIMIT, with a sentence that tells the line and never the key; ret is then wiped.
 */
int webhook_keys_parse(struct slice text, struct webhook_keys *ret, struct errinfo *ei);
void webhook_keys_wipe(struct webhook_keys *keys);

/* Appends the value of the header webhook-signature: "v1,BASE64", one for each key, with blanks
 * between them. id has no dot. Returns the state of out, or ERR_NOMEM. */
int webhook_sign(const struct webhook_keys *keys, const char *id, int64_t now_s, struct slice body,
		 struct buf *out);

#endif

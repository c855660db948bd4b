/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook_sign.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/mac.h"

/* The longest body, and what stands before it. */
enum { SIGNED_MAX = 321 * 1024 };

static const char prefix[] = "whsec_";

static int add_key(struct webhook_keys *keys, struct slice text, unsigned line, struct errinfo *ei)
{
	const size_t prefix_len = sizeof(prefix) - 1;
	size_t len = 0;
	int err;

	if (keys->n == WEBHOOK_KEYS_MAX)
		return err_set(ei, ERR_LIMIT, "line %u: there are more than %d keys", line,
			       WEBHOOK_KEYS_MAX);
	if (text.len >= prefix_len && memcmp(text.p, prefix, prefix_len) == 0)
		text = (struct slice){text.p + prefix_len, text.len - prefix_len};
	err = str_base64_decode(text, keys->at[keys->n].bytes, WEBHOOK_KEY_MAX, &len);
	if (err != 0 || len < WEBHOOK_KEY_MIN)
		return err_set(ei, ERR_INVAL,
			       "line %u: the key is not %d to %d bytes in base64, with or without "
			       "\"whsec_\" before them",
			       line, WEBHOOK_KEY_MIN, WEBHOOK_KEY_MAX);
	keys->at[keys->n++].len = len;
	return 0;
}

int webhook_keys_parse(struct slice text, struct webhook_keys *ret, struct errinfo *ei)
{
	unsigned n_lines = 0;
	struct slice line;
	bool more = true;
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	while (err == 0 && more) {
		more = slice_cut(text, '\n', &line, &text);
		line = slice_trim(line, STR_SPACE);
		n_lines++;
		if (line.len > 0 && line.p[0] != '#')
			err = add_key(ret, line, n_lines, ei);
	}
	if (err == 0 && ret->n == 0)
		err = err_set(ei, ERR_INVAL, "there is no key in it");
	if (err != 0)
		webhook_keys_wipe(ret);
	return err;
}

void webhook_keys_wipe(struct webhook_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

int webhook_sign(const struct webhook_keys *keys, const char *id, int64_t now_s, struct slice body,
		 struct buf *out)
{
	unsigned char mac[MAC_LEN];
	struct buf text;
	size_t i;
	int err;

	buf_init(&text, SIGNED_MAX);
	buf_addf(&text, "%s.%" PRId64 ".", id, now_s);
	err = buf_add(&text, body.p, body.len);
	for (i = 0; err == 0 && i < keys->n; i++) {
		err = mac_sha256((struct slice){(const char *)keys->at[i].bytes, keys->at[i].len},
				 (struct slice){text.data, text.len}, mac);
		buf_adds(out, i > 0 ? " v1," : "v1,");
		if (err == 0)
			err = buf_add_base64(out, mac, sizeof(mac));
	}
	buf_fini(&text);
	return err != 0 ? err : buf_err(out);
}

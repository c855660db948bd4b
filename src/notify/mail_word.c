/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/mail_word.h"

#include <stdbool.h>
#include <string.h>

#define WORD_BEGIN "=?UTF-8?B?"
#define WORD_END   "?="

enum {
	WORD_FRAME = sizeof(WORD_BEGIN) - 1 + sizeof(WORD_END) - 1,
	LINE_MAX_LEN = 76,
	WORD_MAX_LEN = 75, /* of an encoded word, RFC 2047 §2 */
	/* What is left in one for the text: three of four characters of base64. */
	WORD_BYTES = (WORD_MAX_LEN - WORD_FRAME) / 4 * 3,
};

/* The next character: len bytes of text stand for it. */
static struct slice next_char(struct slice text, size_t *ret_len)
{
	size_t len = str_utf8_length(text);

	*ret_len = len > 0 ? len : 1;
	if (len == 0)
		return slice_of("?");
	if (slice_has_control((struct slice){text.p, len}))
		return slice_of(" ");
	return (struct slice){text.p, len};
}

/* Words of their own would be taken for encoded ones. */
static bool needs_no_word(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return text.len == 0 || memmem(text.p, text.len, "=?", 2) == NULL;
}

static void add_plain(struct buf *out, struct slice text, size_t fold_at)
{
	struct slice word;
	size_t used = fold_at;
	bool more = true, is_first = true;

	while (more) {
		more = slice_cut(text, ' ', &word, &text);
		if (!is_first && fold_at > 0 && used + 1 + word.len > LINE_MAX_LEN) {
			buf_adds(out, "\r\n");
			used = 0;
		}
		if (!is_first)
			buf_addc(out, ' ');
		buf_add(out, word.p, word.len);
		used += word.len + (is_first ? 0 : 1);
		is_first = false;
	}
}

/* As many characters as fit into limit bytes, into bytes; returns what is left of text. */
static struct slice fill_word(struct slice text, size_t limit, char bytes[WORD_BYTES],
			      size_t *ret_len)
{
	size_t used = 0, taken;

	while (text.len > 0) {
		struct slice c = next_char(text, &taken);

		if (used + c.len > limit)
			break;
		memcpy(bytes + used, c.p, c.len);
		used += c.len;
		text = (struct slice){text.p + taken, text.len - taken};
	}
	*ret_len = used;
	return text;
}

static void add_encoded(struct buf *out, struct slice text, size_t fold_at)
{
	char bytes[WORD_BYTES];
	size_t len, limit = WORD_BYTES;
	bool is_first = true;

	/* The first one shares its line. */
	if (fold_at > 0 && fold_at < LINE_MAX_LEN / 2)
		limit = (LINE_MAX_LEN - fold_at - WORD_FRAME) / 4 * 3;
	while (text.len > 0) {
		text = fill_word(text, limit, bytes, &len);
		if (!is_first)
			buf_adds(out, fold_at > 0 ? "\r\n " : " ");
		buf_adds(out, WORD_BEGIN);
		buf_add_base64(out, bytes, len);
		buf_adds(out, WORD_END);
		is_first = false;
		limit = WORD_BYTES;
	}
}

int mail_word_add(struct buf *out, struct slice text, size_t fold_at)
{
	if (needs_no_word(text))
		add_plain(out, text, fold_at);
	else
		add_encoded(out, text, fold_at);
	return buf_err(out);
}

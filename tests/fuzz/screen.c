/* SPDX-License-Identifier: BSD-2-Clause
 * The bytes of a connection, judged before libmicrohttpd sees them: the whole input, in one piece,
 * and in pieces of other sizes. */
#include "http/screen.h"

#include "fuzz.h"

enum { SHOWN_MAX = 1 << 17, SIZE_MAX_HERE = 1 << 16 };

/* What libmicrohttpd is shown of a connection. */
struct shown {
	struct screen screen;
	size_t len;
	char bytes[SHOWN_MAX];
};

static void take(struct shown *s, const char *bytes, size_t n)
{
	must(n <= sizeof(s->bytes) - s->len);
	memcpy(s->bytes + s->len, bytes, n);
	s->len += n;
}

/* Reads in buffers of that size, each of its own memory. */
static void show(struct shown *s, const uint8_t *data, size_t size, size_t piece)
{
	size_t at, n, kept;
	char *buf;

	memset(&s->screen, 0, sizeof(s->screen));
	s->len = 0;
	buf = malloc(piece);
	must(buf != NULL);
	for (at = 0; at < size; at += n) {
		while (s->screen.owed_len > 0)
			take(s, buf, screen_owed(&s->screen, buf, piece));
		n = size - at < piece ? size - at : piece;
		memcpy(buf, data + at, n);
		kept = screen_filter(&s->screen, buf, n, piece);
		must(kept <= piece);
		take(s, buf, kept);
	}
	while (s->screen.owed_len > 0)
		take(s, buf, screen_owed(&s->screen, buf, piece));
	free(buf);
}

/* A head that was refused is shown as a whole one, which would pass by itself. */
static void check_ending(const struct shown *s)
{
	static struct shown again;
	size_t i;

	memcpy(again.bytes, s->bytes, s->len);
	for (i = 0; i < s->len; i++)
		if (again.bytes[i] == SCREEN_QUESTION_MARK)
			again.bytes[i] = '?';
	memset(&again.screen, 0, sizeof(again.screen));
	screen_filter(&again.screen, again.bytes, s->len, sizeof(again.bytes));
	/* An ending may be what makes it too large: SCREEN_PASSED_MAX. */
	must(again.screen.verdict == SCREEN_OK || again.screen.verdict == SCREEN_HEAD_TOO_LARGE);
	must(again.screen.heads == s->screen.heads);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = {1, 2, 7, 100};
	static struct shown whole, part;
	size_t i;

	if (size == 0 || size > SIZE_MAX_HERE)
		return 0;
	show(&whole, data, size, size);
	must(whole.screen.target_len <= SCREEN_TARGET_MAX);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		show(&part, data, size, pieces[i]);
		must(part.screen.verdict == whole.screen.verdict);
		must(part.screen.heads == whole.screen.heads);
		must(part.screen.target_len == whole.screen.target_len);
		must(memcmp(part.screen.target, whole.screen.target, whole.screen.target_len) == 0);
		if (whole.screen.verdict == SCREEN_OK)
			must(part.len == whole.len &&
			     memcmp(part.bytes, whole.bytes, whole.len) == 0);
		else
			check_ending(&part);
	}
	if (whole.screen.verdict != SCREEN_OK)
		check_ending(&whole);
	screen_forget(&whole.screen);
	return 0;
}

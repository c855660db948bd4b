/* SPDX-License-Identifier: BSD-2-Clause
 * A connection: the whole input is what a client sends, to the real front with libmicrohttpd. What
 * comes back is a sequence of whole replies, and each begins a request's answer of
 * docs/PROTOCOL.md. */
#include "fuzz.h"
#include "http/screen.h"
#include "world.h"

static char reply[WORLD_REPLY_MAX];

/* Where the header's value begins; NULL: the head has none of that name. */
static const char *find_header(struct slice head, const char *name)
{
	struct slice line, key, value;

	while (head.len > 0) {
		line = fuzz_line(&head);
		if (slice_cut(line, ':', &key, &value) && slice_eq_nocase(key, name))
			return value.p;
	}
	return NULL;
}

/* The length of the head that s begins with, the empty line included. */
static size_t head_len(struct slice s)
{
	const char *end = memmem(s.p, s.len, "\r\n\r\n", 4);

	must(end != NULL);
	return (size_t)(end - s.p) + 4;
}

/* A status of docs/PROTOCOL.md: libmicrohttpd has others, and never answers by itself. The
 * connection may end before the body of the last reply of a HEAD. False for one that another
 * follows, "100 Continue". */
static bool check_reply(struct slice *s)
{
	static const char *const statuses[] = {"100", "200", "400", "401", "404", "405",
					       "413", "415", "431", "503", "505"};
	const size_t n = head_len(*s);
	const struct slice head = {s->p, n};
	const char *length = find_header(head, "content-length");
	unsigned long body_len = length != NULL ? strtoul(length, NULL, 10) : 0;
	size_t i;

	must(memcmp(s->p, "HTTP/1.1 ", 9) == 0 && s->p[12] == ' ');
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (memcmp(s->p + 9, statuses[i], 3) == 0)
			break;
	must(i < sizeof(statuses) / sizeof(statuses[0]));
	*s = (struct slice){s->p + n, s->len - n};
	if (i == 0)
		return false;
	must(length != NULL && find_header(head, "transfer-encoding") == NULL);
	/* Of a HEAD only the length is told. */
	if (s->len == 0 || (s->len >= 9 && memcmp(s->p, "HTTP/1.1 ", 9) == 0))
		return true;
	must(body_len <= s->len);
	*s = (struct slice){s->p + body_len, s->len - body_len};
	return true;
}

/* How many replies came. */
static unsigned run(enum world_listener listener, const uint8_t *data, size_t size)
{
	struct slice rest = {reply, world_exchange(listener, data, size, reply)};
	unsigned n = 0;

	while (rest.len > 0)
		n += check_reply(&rest);
	return n;
}

/* As http/screen.c counts them: nothing in a body or behind a refused head is a request. */
static unsigned count_heads(const uint8_t *data, size_t size)
{
	const size_t cap = size + SCREEN_ENDING_MAX;
	struct screen s;
	char *copy = malloc(cap);

	must(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	memset(&s, 0, sizeof(s));
	screen_filter(&s, copy, size, cap);
	free(copy);
	return s.heads;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_open;

	if (!is_open) {
		world_open();
		atexit(world_close);
		is_open = true;
	}
	must(run(WORLD_PLAIN, data, size) <= count_heads(data, size));
	run(WORLD_PROXIED, data, size);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * A connection: the whole input is what a client sends, to the real front with libmicrohttpd. What
 * comes back is a sequence of whole replies, and each begins a request's answer of
 * docs/PROTOCOL.md. */
#include "fuzz.h"
#include "world.h"

static char reply[WORLD_REPLY_MAX];

/* The header's value, and its length in *ret_len; NULL: the head has none. */
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

/* A status that we use; the connection may end before the body of the last reply of a HEAD. */
static void check_reply(struct slice *s)
{
	static const char *const statuses[] = {"100", "200", "204", "400", "401", "403",
					       "404", "405", "408", "411", "413", "415",
					       "417", "431", "500", "501", "503", "505"};
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
	if (i == 0) /* "100 Continue", and the reply follows */
		return;
	must(length != NULL && find_header(head, "transfer-encoding") == NULL);
	/* Of a HEAD only the length is told. */
	if (s->len == 0 || (s->len >= 9 && memcmp(s->p, "HTTP/1.1 ", 9) == 0))
		return;
	must(body_len <= s->len);
	*s = (struct slice){s->p + body_len, s->len - body_len};
}

static void run(enum world_listener listener, const uint8_t *data, size_t size)
{
	struct slice rest = {reply, world_exchange(listener, data, size, reply)};

	while (rest.len > 0)
		check_reply(&rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_open;

	if (!is_open) {
		world_open();
		atexit(world_close);
		is_open = true;
	}
	run(WORLD_PLAIN, data, size);
	run(WORLD_PROXIED, data, size);
	return 0;
}

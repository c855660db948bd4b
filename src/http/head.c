/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/head.h"

#include <microhttpd.h>
#include <string.h>

/* What is gathered from one header to the next. */
struct reading {
	struct head *head;
	bool close;
};

static void read_connection(struct reading *r, struct slice list)
{
	while (list.len > 0) {
		const char *comma = memchr(list.p, ',', list.len);
		size_t len = comma != NULL ? (size_t)(comma - list.p) : list.len;
		struct slice token =
			slice_trim((struct slice){.p = list.p, .len = len}, STR_BLANKS);

		if (slice_eq_nocase(token, "keep-alive"))
			r->head->keep_alive = true;
		else if (slice_eq_nocase(token, "close"))
			r->close = true;
		len += comma != NULL ? 1 : 0;
		list = (struct slice){.p = list.p + len, .len = list.len - len};
	}
}

/* What the screen let through is well-formed. */
static void read_header(struct reading *r, struct slice name, struct slice value)
{
	if (slice_eq_nocase(name, "host")) {
		r->head->host = value;
	} else if (slice_eq_nocase(name, "authorization")) {
		r->head->authorization = value;
	} else if (slice_eq_nocase(name, "content-length")) {
		str_parse_uint(value, UINT64_MAX, &r->head->body_len);
	} else if (slice_eq_nocase(name, "content-type")) {
		r->head->content_type = value;
	} else if (slice_eq_nocase(name, "content-encoding")) {
		r->head->content_encoding = value;
	} else if (slice_eq_nocase(name, "user-agent")) {
		r->head->user_agent = value;
	} else if (slice_eq_nocase(name, "connection")) {
		read_connection(r, value);
	}
}

static enum MHD_Result on_head_header(void *arg, enum MHD_ValueKind kind, const char *name,
				      size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	read_header(arg, (struct slice){.p = name, .len = name_len},
		    slice_trim((struct slice){.p = value, .len = value_len}, STR_BLANKS));
	return MHD_YES;
}

void head_read(struct MHD_Connection *connection, struct head *ret)
{
	struct reading r = {.head = ret};

	memset(ret, 0, sizeof(*ret));
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_head_header, &r);
	if (r.close)
		ret->keep_alive = false;
}

struct search {
	const char *name;
	head_line_fn *fn;
	void *arg;
};

static enum MHD_Result on_head_line(void *arg, enum MHD_ValueKind kind, const char *name,
				    size_t name_len, const char *value, size_t value_len)
{
	const struct search *s = arg;

	(void)kind;
	if (slice_eq_nocase((struct slice){.p = name, .len = name_len}, s->name))
		s->fn(s->arg, slice_trim((struct slice){.p = value, .len = value_len}, STR_BLANKS));
	return MHD_YES;
}

void head_each(struct MHD_Connection *connection, const char *name, head_line_fn *fn, void *arg)
{
	struct search s = {.name = name, .fn = fn, .arg = arg};

	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_head_line, &s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/head.h"

#include <microhttpd.h>
#include <string.h>

#include "http/conninfo.h"

/* What is gathered from one header to the next. */
struct reading {
	struct head *head;
	bool bad;
	bool close;
	unsigned hosts, lengths, authorizations, encodings;
	const char *expected; /* where this header's line begins if none was cut or folded */
};

/* RFC 9110 §5.6.2; a blank before the colon is what smugglers use. */
static bool is_token(const char *s, size_t len)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	size_t i;

	for (i = 0; i < len; i++) {
		char c = str_lower(s[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return len > 0;
}

/* RFC 9110 §5.5: no control character but the tabulator. */
static bool is_field_value(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static void read_connection(struct reading *r, struct slice list)
{
	while (list.len > 0) {
		const char *comma = memchr(list.p, ',', list.len);
		size_t len = comma != NULL ? (size_t)(comma - list.p) : list.len;
		struct slice token = trim((struct slice){.p = list.p, .len = len});

		if (slice_eq_nocase(token, "keep-alive"))
			r->head->keep_alive = true;
		else if (slice_eq_nocase(token, "close"))
			r->close = true;
		len += comma != NULL ? 1 : 0;
		list = (struct slice){.p = list.p + len, .len = list.len - len};
	}
}

static void read_header(struct reading *r, struct slice name, struct slice value)
{
	if (slice_eq_nocase(name, "host")) {
		r->hosts++;
		r->head->host = value;
	} else if (slice_eq_nocase(name, "authorization")) {
		r->authorizations++;
		r->head->authorization = value;
	} else if (slice_eq_nocase(name, "content-length")) {
		r->lengths++;
		if (str_parse_uint(value, UINT64_MAX, &r->head->body_len) != 0)
			r->bad = true;
	} else if (slice_eq_nocase(name, "transfer-encoding")) {
		r->encodings++;
	} else if (slice_eq_nocase(name, "content-type")) {
		r->head->content_type = value;
	} else if (slice_eq_nocase(name, "x-forwarded-for")) {
		r->head->n_forwarded++;
		r->head->forwarded = value;
	} else if (slice_eq_nocase(name, "connection")) {
		read_connection(r, value);
	}
}

#if MHD_VERSION < 0x00097701
/* libmicrohttpd hands out C strings, so a NUL cuts a target or value silently; and it appends a
 * folded line to the header's name. Newer versions refuse both themselves. In this one each line
 * stays where it was received, its CR and LF overwritten by NULs: whatever was cut or folded leaves
 * a gap between the end of one line and the beginning of the next. */
static const char *line_end(const char *end)
{
	return end[1] == '\0' ? end + 2 : end + 1;
}

static bool follows(struct reading *r, const char *name, size_t name_len, const char *value,
		    size_t value_len)
{
	const char *p = name + name_len + 1;

	if (name != r->expected || value < p)
		return false;
	while (p < value && (*p == ' ' || *p == '\t'))
		p++;
	r->expected = line_end(value + value_len);
	return p == value;
}

/* The target is followed by the version, with one blank between. */
static void expect_first(struct reading *r, const struct head_line *line)
{
	if (line->version != line->url + line->target_len + 1)
		r->bad = true;
	r->expected = line_end(line->version + strlen(line->version));
}

static bool ends_here(struct reading *r, struct MHD_Connection *c, const struct head_line *line)
{
	const char *end = line->method + conninfo_head_size(c);

	return end == r->expected + 1 || end == r->expected + 2;
}
#else
static bool follows(struct reading *r, const char *name, size_t name_len, const char *value,
		    size_t value_len)
{
	(void)r;
	return value_len == strlen(value) && name_len == strlen(name);
}

static void expect_first(struct reading *r, const struct head_line *line)
{
	(void)r;
	(void)line;
}

static bool ends_here(struct reading *r, struct MHD_Connection *c, const struct head_line *line)
{
	(void)r;
	(void)c;
	(void)line;
	return true;
}
#endif

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	struct reading *r = arg;

	(void)kind;
	if (value == NULL || !is_token(name, name_len) || !is_field_value(value, value_len) ||
	    !follows(r, name, name_len, value, value_len)) {
		r->bad = true;
		return MHD_NO;
	}
	read_header(r, (struct slice){.p = name, .len = name_len},
		    trim((struct slice){.p = value, .len = value_len}));
	return MHD_YES;
}

enum head_verdict head_read(struct MHD_Connection *connection, const struct head_line *line,
			    struct head *ret)
{
	struct reading r = {.head = ret};

	memset(ret, 0, sizeof(*ret));
	expect_first(&r, line);
	(void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &r);
	if (r.bad || !ends_here(&r, connection, line))
		return HEAD_BAD;
	if (r.hosts > 1 || r.lengths > 1 || r.authorizations > 1 || r.encodings > 0)
		return HEAD_BAD;
	if (r.hosts == 0 && strcmp(line->version, MHD_HTTP_VERSION_1_0) != 0)
		return HEAD_BAD;
	if (strcmp(line->method, MHD_HTTP_METHOD_CONNECT) == 0)
		return HEAD_BAD;
	if (r.close)
		ret->keep_alive = false;
	return ret->body_len > HEAD_BODY_MAX ? HEAD_TOO_LARGE : HEAD_OK;
}

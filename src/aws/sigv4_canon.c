/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sigv4_canon.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void add_encoded_char(struct buf *out, char c)
{
	if (is_unreserved(c))
		buf_addc(out, c);
	else
		buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
}

int sigv4_add_encoded(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		add_encoded_char(out, s.p[i]);
	return out->err;
}

/* The next segment of path after *at, which moves behind it; false at the end. */
static bool next_segment(struct slice path, size_t *at, struct slice *ret)
{
	size_t end;

	if (*at >= path.len)
		return false;
	for (end = *at; end < path.len && path.p[end] != '/'; end++)
		continue;
	*ret = (struct slice){path.p + *at, end - *at};
	*at = end + 1;
	return true;
}

/* RFC 3986 §5.2.4 on what begins at start, and no empty segments. ".." takes a segment off out. */
static void add_normal_path(struct buf *out, struct slice path)
{
	size_t start = out->len, at = 0;
	struct slice seg;

	while (next_segment(path, &at, &seg)) {
		if (seg.len == 0 || slice_eq(seg, "."))
			continue;
		if (!slice_eq(seg, "..")) {
			buf_addc(out, '/');
			buf_add(out, seg.p, seg.len);
			continue;
		}
		while (out->len > start && out->data[out->len - 1] != '/')
			out->len--;
		if (out->len > start)
			out->len--;
	}
	if (path.len > 0 && path.p[path.len - 1] == '/')
		buf_addc(out, '/');
	if (out->len == start)
		buf_addc(out, '/');
}

/* Encodes what the wire has encoded already once more: '%' becomes %25. */
int sigv4_canon_path(struct buf *out, struct slice path, bool keep)
{
	struct buf normal;
	size_t i;
	int err;

	buf_init(&normal, SIGV4_TEXT_MAX);
	if (keep)
		buf_add(&normal, path.p, path.len);
	else
		add_normal_path(&normal, path);
	err = normal.err;
	for (i = 0; err == 0 && i < normal.len; i++) {
		if (normal.data[i] == '/')
			buf_addc(out, '/');
		else
			add_encoded_char(out, normal.data[i]);
	}
	buf_fini(&normal);
	return err != 0 ? err : out->err;
}

static int canon_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A parameter's name or value, decoded and encoded again so that hexadecimal is upper-case. A '+'
 * is a plus here, never a blank. */
static void add_reencoded(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		int hi = -1, lo = -1;

		if (s.p[i] == '%' && s.len - i > 2) {
			hi = canon_hex_value(s.p[i + 1]);
			lo = canon_hex_value(s.p[i + 2]);
		}
		if (hi < 0 || lo < 0) {
			add_encoded_char(out, s.p[i]);
			continue;
		}
		add_encoded_char(out, (char)(hi << 4 | lo));
		i += 2;
	}
}

/* A parameter within the text of encoded parameters. */
struct param {
	struct slice name;
	struct slice value;
};

static int compare_slices(struct slice a, struct slice b)
{
	int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* As pairs: "k=v" as one text would sort "k-a" before "k". */
static int compare_params(const void *pa, const void *pb)
{
	const struct param *a = pa, *b = pb;
	int order = compare_slices(a->name, b->name);

	return order != 0 ? order : compare_slices(a->value, b->value);
}

/* Offsets first, because text moves while it grows. */
static int encode_params(struct buf *text, struct slice query, size_t at[][3], size_t *ret_n)
{
	size_t n = 0, i = 0;

	while (i < query.len) {
		const char *p = query.p + i;
		const char *amp = memchr(p, '&', query.len - i);
		size_t len = amp != NULL ? (size_t)(amp - p) : query.len - i;
		const char *eq = memchr(p, '=', len);
		size_t name_len = eq != NULL ? (size_t)(eq - p) : len;

		i += len + 1;
		if (len == 0)
			continue;
		if (n == SIGV4_PARAMS_MAX)
			return ERR_LIMIT;
		at[n][0] = text->len;
		add_reencoded(text, (struct slice){p, name_len});
		at[n][1] = text->len;
		if (eq != NULL)
			add_reencoded(text, (struct slice){eq + 1, len - name_len - 1});
		at[n++][2] = text->len;
	}
	*ret_n = n;
	return text->err;
}

int sigv4_canon_query(struct buf *out, struct slice query)
{
	size_t at[SIGV4_PARAMS_MAX][3], n = 0, i;
	struct param params[SIGV4_PARAMS_MAX];
	struct buf text;
	int err;

	buf_init(&text, SIGV4_TEXT_MAX);
	err = encode_params(&text, query, at, &n);
	if (err != 0)
		goto out;
	for (i = 0; i < n; i++) {
		params[i].name = (struct slice){text.data + at[i][0], at[i][1] - at[i][0]};
		params[i].value = (struct slice){text.data + at[i][1], at[i][2] - at[i][1]};
	}
	if (n > 0 && text.data != NULL)
		qsort(params, n, sizeof(params[0]), compare_params);
	for (i = 0; i < n && text.data != NULL; i++) {
		if (i > 0)
			buf_addc(out, '&');
		buf_add(out, params[i].name.p, params[i].name.len);
		buf_addc(out, '=');
		buf_add(out, params[i].value.p, params[i].value.len);
	}
	err = out->err;
out:
	buf_fini(&text);
	return err;
}

/* Headers that proxies and libraries add, change or drop on the way. */
static bool is_never_signed(struct slice name)
{
	static const char *const names[] = {
		"authorization",
		"connection",
		"expect",
		"keep-alive",
		"proxy-authenticate",
		"proxy-authorization",
		"proxy-connection",
		"te",
		"trailer",
		"transfer-encoding",
		"upgrade",
		"user-agent",
		"x-amzn-trace-id",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq_nocase(name, names[i]))
			return true;
	return false;
}

static int compare_names(struct slice a, struct slice b)
{
	size_t i;

	for (i = 0; i < a.len && i < b.len; i++) {
		int d = (unsigned char)str_lower(a.p[i]) - (unsigned char)str_lower(b.p[i]);

		if (d != 0)
			return d;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Sorted by name; those of one name stay in the order of their arrival (an insertion sort). */
static int sort_headers(const struct sigv4_request *req, struct fetch_header sorted[],
			size_t *ret_n)
{
	size_t n = 0, i, k;

	for (i = 0; i < req->n_headers; i++) {
		struct fetch_header h = req->headers[i];

		if (is_never_signed(h.name))
			continue;
		if (n == SIGV4_HEADERS_MAX)
			return ERR_LIMIT;
		for (k = n++; k > 0 && compare_names(h.name, sorted[k - 1].name) < 0; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = h;
	}
	*ret_n = n;
	return 0;
}

static bool canon_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Trimmed, inner blanks (folded lines too) collapsed to one, within quotes as well. */
static void add_header_value(struct buf *out, struct slice v)
{
	size_t i = 0;
	bool first = true;

	while (i < v.len) {
		size_t start;

		while (i < v.len && canon_is_blank(v.p[i]))
			i++;
		for (start = i; i < v.len && !canon_is_blank(v.p[i]); i++)
			continue;
		if (i == start)
			break;
		if (!first)
			buf_addc(out, ' ');
		first = false;
		buf_add(out, v.p + start, i - start);
	}
}

static void canon_add_name(struct buf *out, struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		buf_addc(out, str_lower(name.p[i]));
}

int sigv4_canon_headers(struct buf *out, const struct sigv4_request *req)
{
	struct fetch_header sorted[SIGV4_HEADERS_MAX];
	size_t n = 0, i;
	int err;

	err = sort_headers(req, sorted, &n);
	if (err != 0)
		return err;
	for (i = 0; i < n; i++) {
		if (i == 0 || compare_names(sorted[i].name, sorted[i - 1].name) != 0) {
			canon_add_name(out, sorted[i].name);
			buf_addc(out, ':');
		} else {
			out->len--; /* the newline becomes the comma of a repeated header */
			buf_addc(out, ',');
		}
		add_header_value(out, sorted[i].value);
		if (buf_addc(out, '\n') != 0)
			return out->err;
	}
	return out->err;
}

int sigv4_add_signed_headers(struct buf *out, const struct sigv4_request *req)
{
	struct fetch_header sorted[SIGV4_HEADERS_MAX];
	size_t n = 0, i;
	int err;

	err = sort_headers(req, sorted, &n);
	if (err != 0)
		return err;
	for (i = 0; i < n; i++) {
		if (i > 0 && compare_names(sorted[i].name, sorted[i - 1].name) == 0)
			continue;
		if (i > 0)
			buf_addc(out, ';');
		canon_add_name(out, sorted[i].name);
	}
	return out->err;
}

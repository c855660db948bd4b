/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/multipart.h"

#include <string.h>

#include "base/err.h"

enum line_kind { LINE_OTHER, LINE_DELIMITER, LINE_CLOSE };

static struct slice skip_bytes(struct slice s, size_t n)
{
	return (struct slice){s.p + n, s.len - n};
}

static bool starts_with(struct slice s, struct slice start)
{
	return s.len >= start.len && memcmp(s.p, start.p, start.len) == 0;
}

/* Takes one line off text, without its end: CR LF, or LF alone as a shell script writes it. Returns
 * false when text has no line end any more: then the line is all of it. */
static bool take_line(struct slice *text, struct slice *ret)
{
	bool ended = slice_cut(*text, '\n', ret, text);

	if (ended && ret->len > 0 && ret->p[ret->len - 1] == '\r')
		ret->len--;
	return ended;
}

/* Takes the value of one parameter off list: a token, or what stands between quotes. A backslash
 * keeps a quote from ending it, and stays: no name that means anything has one. */
static struct slice take_value(struct slice *list)
{
	struct slice value;
	size_t i = 1;

	if (list->len == 0 || list->p[0] != '"') {
		slice_cut(*list, ';', &value, list);
		return slice_trim(value, STR_BLANKS);
	}
	while (i < list->len && list->p[i] != '"')
		i += list->p[i] == '\\' ? 2 : 1;
	if (i >= list->len) {
		*list = (struct slice){NULL, 0};
		return *list;
	}
	value = (struct slice){list->p + 1, i - 1};
	*list = skip_bytes(*list, i + 1);
	return value;
}

/* The value of a parameter of a header such as "form-data; name=x; filename=y"; empty: there is
 * none. */
static struct slice find_parameter(struct slice header, const char *name)
{
	struct slice key, value;

	slice_cut(header, ';', &key, &header);
	while (header.len > 0) {
		size_t i = 0;

		while (i < header.len && header.p[i] != '=' && header.p[i] != ';')
			i++;
		key = slice_trim((struct slice){header.p, i}, STR_BLANKS);
		header = skip_bytes(header, i);
		if (header.len > 0 && header.p[0] == '=') {
			header = slice_trim_start(skip_bytes(header, 1), STR_BLANKS);
			value = take_value(&header);
			if (slice_eq_nocase(key, name))
				return value;
		} else if (header.len > 0) {
			header = skip_bytes(header, 1);
		}
	}
	return (struct slice){NULL, 0};
}

/* Blanks may follow a delimiter (RFC 2046 §5.1.1). */
static enum line_kind line_kind(const struct multipart *m, struct slice line)
{
	const struct slice dashes = {"--", 2};

	if (!starts_with(line, dashes) || !starts_with(skip_bytes(line, 2), m->delimiter))
		return LINE_OTHER;
	line = slice_trim(skip_bytes(line, 2 + m->delimiter.len), STR_SPACE);
	if (line.len == 0)
		return LINE_DELIMITER;
	return slice_eq(line, "--") ? LINE_CLOSE : LINE_OTHER;
}

int multipart_open(struct slice type, struct slice body, struct multipart *ret)
{
	struct slice line;
	enum line_kind kind;
	bool ended;

	memset(ret, 0, sizeof(*ret));
	ret->delimiter = find_parameter(type, "boundary");
	if (ret->delimiter.len == 0 || ret->delimiter.len > MULTIPART_BOUNDARY_MAX)
		return ERR_INVAL;
	do {
		ended = take_line(&body, &line);
	} while (ended && line.len == 0);
	kind = line_kind(ret, line);
	if (kind == LINE_OTHER || (kind == LINE_DELIMITER && !ended))
		return ERR_INVAL;
	ret->is_closed = kind == LINE_CLOSE;
	ret->rest = body;
	return 0;
}

/* RFC 7578 §4.7 knows no encodings but these, which are none. */
static bool is_plain(struct slice encoding)
{
	return slice_eq_nocase(encoding, "7bit") || slice_eq_nocase(encoding, "8bit") ||
	       slice_eq_nocase(encoding, "binary");
}

/* A part may have parts of its own (RFC 7578 §4.3), which nobody sends any more. */
static bool has_parts(struct slice type)
{
	const struct slice multipart = slice_of("multipart/");

	return type.len >= multipart.len &&
	       slice_eq_nocase((struct slice){type.p, multipart.len}, multipart.p);
}

/* The header of one part, with the empty line at its end. */
static int take_header(struct multipart *m, struct slice *ret_name)
{
	struct slice line, key, value;

	*ret_name = (struct slice){NULL, 0};
	while (take_line(&m->rest, &line)) {
		if (line.len == 0)
			return ret_name->len > 0 ? 0 : ERR_INVAL;
		if (!slice_cut(line, ':', &key, &value))
			return ERR_INVAL;
		value = slice_trim(value, STR_BLANKS);
		if (slice_eq_nocase(key, "content-disposition"))
			*ret_name = find_parameter(value, "name");
		else if (slice_eq_nocase(key, "content-transfer-encoding") && !is_plain(value))
			return ERR_INVAL;
		else if (slice_eq_nocase(key, "content-type") && has_parts(value))
			return ERR_INVAL;
	}
	return ERR_INVAL;
}

/* The line end before a delimiter belongs to that. */
static struct slice without_line_end(struct slice s)
{
	if (s.len > 0 && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* The content of one part, with the delimiter after it. */
static int take_content(struct multipart *m, struct slice *ret)
{
	const char *begin = m->rest.p, *line_begin;
	enum line_kind kind;
	struct slice line;
	bool ended = true;

	while (ended) {
		line_begin = m->rest.p;
		ended = take_line(&m->rest, &line);
		kind = line_kind(m, line);
		if (kind == LINE_OTHER || (kind == LINE_DELIMITER && !ended))
			continue;
		m->is_closed = kind == LINE_CLOSE;
		*ret = (struct slice){begin, (size_t)(line_begin - begin)};
		*ret = without_line_end(*ret);
		return 0;
	}
	return ERR_INVAL;
}

int multipart_next(struct multipart *m, struct slice *ret_name, struct slice *ret_value)
{
	int err;

	if (m->is_closed)
		return slice_trim(m->rest, STR_SPACE).len == 0 ? ERR_NOTFOUND : ERR_INVAL;
	err = take_header(m, ret_name);
	return err != 0 ? err : take_content(m, ret_value);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/forwarded.h"

#include <string.h>

#include "base/err.h"

enum { PORT_DIGITS_MAX = 5 };

bool forwarded_is_trusted(const struct forwarded_trust *trust, const struct addr *a)
{
	size_t i;

	for (i = 0; i < trust->n; i++)
		if (prefix_contains(&trust->at[i], a))
			return true;
	return false;
}

const char *forwarded_header_name(enum http_client_header header)
{
	return header == HTTP_CLIENT_FORWARDED ? "forwarded" : "x-forwarded-for";
}

void forwarded_begin(struct forwarded *f, const struct forwarded_trust *trust)
{
	memset(f, 0, sizeof(*f));
	f->trust = trust;
}

static struct slice forwarded_skip(struct slice s, size_t n)
{
	return (struct slice){.p = s.p + n, .len = s.len - n};
}

/* A number, or one that is hidden: "_x" (RFC 7239 §6.3). */
static bool is_port(struct slice s)
{
	uint64_t port;

	if (s.len > 1 && s.p[0] == '_')
		return true;
	return s.len <= PORT_DIGITS_MAX && str_parse_uint(s, UINT16_MAX, &port) == 0;
}

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:4711"; anything
 * else is nobody. */
static struct addr read_node(struct slice node)
{
	const struct addr nobody = {.family = ADDR_NONE};
	struct slice host, port;
	bool has_port = false;
	struct addr a;

	if (node.len > 0 && memchr(node.p, '/', node.len) != NULL)
		return nobody;
	if (node.len > 0 && node.p[0] == '[') {
		slice_cut(node, ']', &host, &port);
		has_port = port.len > 0;
		if (has_port && port.p[0] != ':')
			return nobody;
		port = has_port ? forwarded_skip(port, 1) : port;
		host.len += host.len < node.len ? 1 : 0; /* the bracket */
	} else {
		has_port = slice_cut(node, ':', &host, &port) && port.len > 0 &&
			   memchr(port.p, ':', port.len) == NULL;
		host = has_port ? host : node;
	}
	if ((has_port && !is_port(port)) || addr_parse(host, &a) != 0 || addr_is_unspecified(&a))
		return nobody;
	return a;
}

/* One more that was named, to the right of the others. */
static void name_one(struct forwarded *f, struct addr a)
{
	if (!f->is_named || !forwarded_is_trusted(f->trust, &a))
		f->client = a;
	f->is_named = true;
}

/* An item of X-Forwarded-For; empty ones do not count (RFC 9110 §5.6.1). */
static void take_x_item(struct forwarded *f, struct slice item)
{
	item = slice_trim(item, STR_BLANKS);
	if (item.len >= 2 && item.p[0] == '"' && item.p[item.len - 1] == '"')
		item = (struct slice){item.p + 1, item.len - 2};
	if (item.len > 0)
		name_one(f, read_node(item));
}

/* A quoted value begins after its '=' and ends its pair (RFC 7239 §4). Otherwise somebody has begun
 * a quote for the proxy to end: then what the proxy meant to be inside of quotes is outside. */
static bool is_quote_in_place(struct slice s, size_t i, bool begins)
{
	struct slice rest = slice_trim_start(forwarded_skip(s, i + 1), STR_BLANKS);

	if (begins)
		return i > 0 && s.p[i - 1] == '=';
	return rest.len == 0 || rest.p[0] == ',' || rest.p[0] == ';';
}

/* Takes what stands before the next sep outside of quotes off s. Returns false when a quote does
 * not end, or stands where none may. */
static bool take_unquoted(struct slice *s, char sep, struct slice *ret)
{
	bool quoted = false, in_place = true;
	size_t i;

	for (i = 0; i < s->len && (quoted || s->p[i] != sep); i++) {
		if (s->p[i] == '"') {
			quoted = !quoted;
			in_place = in_place && is_quote_in_place(*s, i, quoted);
		} else if (quoted && s->p[i] == '\\' && i + 1 < s->len) {
			i++;
		}
	}
	*ret = slice_trim((struct slice){s->p, i}, STR_BLANKS);
	*s = forwarded_skip(*s, i < s->len ? i + 1 : i);
	return !quoted && in_place;
}

/* The address of a "for", which may stand in quotes. None has a reason for a backslash there. */
static struct addr read_for(struct slice value)
{
	if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
		value = (struct slice){value.p + 1, value.len - 2};
	return read_node(value);
}

/* An element of Forwarded: "for=192.0.2.1;proto=https". Nobody is named by one without a "for",
 * with two, or with a quote that does not end or is out of place: a client may have begun it. */
static void take_element(struct forwarded *f, struct slice element, bool is_whole)
{
	struct addr a = {.family = ADDR_NONE};
	struct slice pair, name, value;
	unsigned n = 0;

	if (element.len == 0)
		return;
	while (element.len > 0) {
		take_unquoted(&element, ';', &pair);
		if (!slice_cut(pair, '=', &name, &value) || !slice_eq_nocase(name, "for"))
			continue;
		a = read_for(value);
		n++;
	}
	if (n != 1 || !is_whole)
		a = (struct addr){.family = ADDR_NONE};
	name_one(f, a);
}

void forwarded_take(struct forwarded *f, struct slice line)
{
	struct slice item;
	bool is_whole;

	while (line.len > 0) {
		if (f->trust->header == HTTP_CLIENT_FORWARDED) {
			is_whole = take_unquoted(&line, ',', &item);
			take_element(f, item, is_whole);
		} else {
			slice_cut(line, ',', &item, &line);
			take_x_item(f, item);
		}
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/target.h"

#include <string.h>

/* Longer than any path below with the slashes and the port that clients add. */
enum { PATH_MAX_LEN = 64 };

struct route {
	const char *path;
	enum endpoint endpoint;
};

static const struct route routes[] = {
	{"/nic/update", ENDPOINT_UPDATE}, {"/v3/update", ENDPOINT_UPDATE},
	{"/update", ENDPOINT_UPDATE},	  {"/dyndns/update", ENDPOINT_UPDATE},
	{"/checkip", ENDPOINT_CHECKIP},	  {"/nic/checkip", ENDPOINT_CHECKIP},
	{"/myip", ENDPOINT_MYIP},	  {"/healthz", ENDPOINT_HEALTH},
};

static struct slice skip_bytes(struct slice s, size_t n)
{
	return (struct slice){.p = s.p + n, .len = s.len - n};
}

/* The host of an authority, which may have a login before it. */
static struct slice host_of(struct slice authority)
{
	struct slice login;

	while (slice_cut(authority, '@', &login, &authority))
		;
	return login;
}

/* Takes scheme and authority off: old inadyn and proxies send the absolute-form, and then its host
 * counts and not the header's (RFC 9112 §3.2.2). */
static struct slice drop_authority(struct slice s, struct slice *host)
{
	static const char *const schemes[] = {"http://", "https://"};
	struct slice authority;
	size_t i, len;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		len = strlen(schemes[i]);
		if (s.len < len ||
		    !slice_eq_nocase((struct slice){.p = s.p, .len = len}, schemes[i]))
			continue;
		authority = s = skip_bytes(s, len);
		while (s.len > 0 && s.p[0] != '/' && s.p[0] != '?')
			s = skip_bytes(s, 1);
		authority.len -= s.len;
		*host = host_of(authority);
		return s;
	}
	return s;
}

/* pfSense appends the port to the path: "/nic/update:8443". */
static size_t without_port(const char *path, size_t len)
{
	size_t end = len;

	while (end > 0 && path[end - 1] >= '0' && path[end - 1] <= '9')
		end--;
	return end > 0 && end < len && path[end - 1] == ':' ? end - 1 : len;
}

static size_t without_slashes(const char *path, size_t len)
{
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* One byte of a path, decoded: some clients encode what their user wrote, '/' and all. A broken
 * escape stays what it is, and so does one of a NUL: neither is in any known path. */
static char take_byte(struct slice *s)
{
	char c = s->p[0];
	size_t n = 1, len;

	if (c == '%' && s->len >= 3 && str_form_decode((struct slice){s->p, 3}, &c, &len) == 0)
		n = 3;
	*s = skip_bytes(*s, n);
	return c;
}

/* One '/' before each segment and none at the end, backslashes (UniFi) as slashes; the length, or 0
 * when it is longer than anything known. */
static size_t normalise_path(struct slice s, char out[PATH_MAX_LEN])
{
	size_t n = 0;
	char c;

	out[n++] = '/';
	while (s.len > 0) {
		c = take_byte(&s);
		c = c == '\\' ? '/' : c;
		if (c == '/' && out[n - 1] == '/')
			continue;
		if (n == PATH_MAX_LEN)
			return 0;
		out[n++] = c;
	}
	n = without_slashes(out, n);
	return without_slashes(out, without_port(out, n));
}

/* "checkip.example.com", or with more in its first label ("checkip6", "checkipv6"). */
static bool is_checkip_host(struct slice host)
{
	static const char checkip[] = "checkip";
	struct slice label, rest;

	slice_cut(host, '.', &label, &rest);
	return rest.len > 0 && label.len >= strlen(checkip) &&
	       slice_eq_nocase((struct slice){.p = label.p, .len = strlen(checkip)}, checkip);
}

static enum endpoint target_find(struct slice path, struct slice host)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (slice_eq(path, routes[i].path))
			return routes[i].endpoint;
	/* http://checkip.example.com/, as checkip.dyndns.org answers. */
	if (slice_eq(path, "/") && is_checkip_host(host))
		return ENDPOINT_CHECKIP;
	return ENDPOINT_NONE;
}

/* The '?' that begins the query may be encoded, too, where a client encodes all of its target. */
static void split_query(struct slice s, struct slice *path, struct slice *query)
{
	size_t i;

	if (slice_cut(s, '?', path, query))
		return;
	for (i = 0; i + 3 <= s.len; i++)
		if (slice_eq_nocase((struct slice){s.p + i, 3}, "%3f")) {
			*path = (struct slice){s.p, i};
			*query = skip_bytes(s, i + 3);
			return;
		}
}

/* Byte for byte: only authorities ask for it, and it is longer than any other path. */
static bool is_challenge(struct slice path, struct slice *ret_token)
{
	static const char folder[] = "/.well-known/acme-challenge/";
	size_t len = sizeof(folder) - 1;

	if (path.len <= len || memcmp(path.p, folder, len) != 0)
		return false;
	*ret_token = skip_bytes(path, len);
	return true;
}

void target_parse(struct slice raw, struct slice host, struct target *ret)
{
	char text[PATH_MAX_LEN];
	struct slice path;

	split_query(drop_authority(raw, &host), &path, &ret->query);
	if (is_challenge(path, &ret->token)) {
		ret->endpoint = ENDPOINT_CHALLENGE;
		return;
	}
	path = (struct slice){.p = text, .len = normalise_path(path, text)};
	ret->endpoint = target_find(path, host);
}

void target_parse_admin(struct slice raw, struct target *ret)
{
	static const struct route admin_routes[] = {
		{"/healthz", ENDPOINT_HEALTH},
		{"/readyz", ENDPOINT_READY},
		{"/metrics", ENDPOINT_METRICS},
	};
	struct slice path, host;
	size_t i;

	slice_cut(drop_authority(raw, &host), '?', &path, &ret->query);
	ret->endpoint = ENDPOINT_NONE;
	for (i = 0; i < sizeof(admin_routes) / sizeof(admin_routes[0]); i++)
		if (slice_eq(path, admin_routes[i].path))
			ret->endpoint = admin_routes[i].endpoint;
}

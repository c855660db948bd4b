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

/* Drops scheme and authority: old inadyn and proxies send the absolute-form (RFC 9112 §3.2.2). */
static struct slice drop_authority(struct slice s)
{
	static const char *const schemes[] = {"http://", "https://"};
	size_t i, len;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		len = strlen(schemes[i]);
		if (s.len < len ||
		    !slice_eq_nocase((struct slice){.p = s.p, .len = len}, schemes[i]))
			continue;
		s = skip_bytes(s, len);
		while (s.len > 0 && s.p[0] != '/' && s.p[0] != '?')
			s = skip_bytes(s, 1);
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

/* One '/' before each segment and none at the end, backslashes (UniFi) as slashes; the length, or 0
 * when it is longer than anything known. */
static size_t normalise_path(struct slice s, char out[PATH_MAX_LEN])
{
	size_t i, n = 0;

	out[n++] = '/';
	for (i = 0; i < s.len; i++) {
		char c = s.p[i] == '\\' ? '/' : s.p[i];

		if (c == '/' && out[n - 1] == '/')
			continue;
		if (n == PATH_MAX_LEN)
			return 0;
		out[n++] = c;
	}
	n = without_slashes(out, n);
	return without_slashes(out, without_port(out, n));
}

static enum endpoint target_find(struct slice path, struct slice host)
{
	static const char checkip[] = "checkip.";
	size_t i, len = strlen(checkip);

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (slice_eq(path, routes[i].path))
			return routes[i].endpoint;
	/* http://checkip.example.com/, as checkip.dyndns.org answers. */
	if (slice_eq(path, "/") && host.len > len &&
	    slice_eq_nocase((struct slice){.p = host.p, .len = len}, checkip))
		return ENDPOINT_CHECKIP;
	return ENDPOINT_NONE;
}

void target_parse(struct slice raw, struct slice host, struct target *ret)
{
	char text[PATH_MAX_LEN];
	struct slice path;

	slice_cut(drop_authority(raw), '?', &path, &ret->query);
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
	struct slice path;
	size_t i;

	slice_cut(drop_authority(raw), '?', &path, &ret->query);
	ret->endpoint = ENDPOINT_NONE;
	for (i = 0; i < sizeof(admin_routes) / sizeof(admin_routes[0]); i++)
		if (slice_eq(path, admin_routes[i].path))
			ret->endpoint = admin_routes[i].endpoint;
}

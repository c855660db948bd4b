/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/target.h"

#include <string.h>

/* Longer than any path below with the slashes and the port that clients add. */
enum { PATH_MAX_LEN = 64 };

static const struct {
	const char *path;
	enum endpoint endpoint;
} routes[] = {
	{"/nic/update", ENDPOINT_UPDATE}, {"/v3/update", ENDPOINT_UPDATE},
	{"/update", ENDPOINT_UPDATE},	  {"/dyndns/update", ENDPOINT_UPDATE},
	{"/checkip", ENDPOINT_CHECKIP},	  {"/nic/checkip", ENDPOINT_CHECKIP},
	{"/myip", ENDPOINT_MYIP},	  {"/healthz", ENDPOINT_HEALTH},
};

bool target_is_clean(struct slice raw)
{
	size_t i;

	for (i = 0; i < raw.len; i++)
		if ((unsigned char)raw.p[i] <= ' ' || raw.p[i] == 0x7f)
			return false;
	return raw.len > 0;
}

static struct slice skip(struct slice s, size_t n)
{
	return (struct slice){.p = s.p + n, .len = s.len - n};
}

/* Old inadyn and proxies send the absolute-form: the scheme and the authority go. */
static struct slice drop_authority(struct slice s)
{
	static const char *const schemes[] = {"http://", "https://"};
	size_t i, len;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		len = strlen(schemes[i]);
		if (s.len < len ||
		    !slice_eq_nocase((struct slice){.p = s.p, .len = len}, schemes[i]))
			continue;
		s = skip(s, len);
		while (s.len > 0 && s.p[0] != '/' && s.p[0] != '?')
			s = skip(s, 1);
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
static size_t normalise(struct slice s, char out[PATH_MAX_LEN])
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

static enum endpoint find(struct slice path, struct slice host)
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
	struct slice s = drop_authority(raw), path = s;
	const char *mark = s.len > 0 ? memchr(s.p, '?', s.len) : NULL;
	char text[PATH_MAX_LEN];

	ret->query = (struct slice){.p = "", .len = 0};
	if (mark != NULL) {
		path.len = (size_t)(mark - s.p);
		ret->query = skip(s, path.len + 1);
	}
	path = (struct slice){.p = text, .len = normalise(path, text)};
	ret->endpoint = find(path, host);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/host_part.h"

#include <string.h>

/* Without a user, which stands before an "@". */
static struct slice authority_of(const char *url)
{
	const char *start = strstr(url, "://"), *at;
	struct slice s;

	start = start != NULL ? start + 3 : url;
	s = (struct slice){start, strcspn(start, "/?#")};
	at = memrchr(s.p, '@', s.len);
	if (at != NULL) {
		s.len -= (size_t)(at + 1 - s.p);
		s.p = at + 1;
	}
	return s;
}

const char *host_part(const char *url, char out[HOST_PART_SIZE])
{
	return str_printable(out, HOST_PART_SIZE, authority_of(url));
}

struct addr host_part_addr(const char *url)
{
	struct slice s = authority_of(url), host, port;
	struct addr a = {0};

	if (s.len > 0 && s.p[0] == '[')
		slice_cut((struct slice){s.p + 1, s.len - 1}, ']', &host, &port);
	else
		slice_cut(s, ':', &host, &port);
	return addr_parse(host, &a) == 0 ? a : (struct addr){0};
}

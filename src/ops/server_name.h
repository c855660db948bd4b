/* SPDX-License-Identifier: BSD-2-Clause
 * What routers have to call this server: the configuration has no key for it, but its certificate
 * says it. Any thread. */
#ifndef MOORING_OPS_SERVER_NAME_H
#define MOORING_OPS_SERVER_NAME_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"

enum { SERVER_NAME_MAX = FQDN_TEXT_MAX + 6 };

/* What a client needs of the address that it talks to. */
struct server_wish {
	bool plain;	  /* HTTP without TLS */
	bool legacy;	  /* TLS 1.0 and 1.1 */
	bool query_login; /* a login in the query */
};

struct server_name {
	char text[SERVER_NAME_MAX + 1]; /* with its port, if that is not 443, or 80 of plain HTTP */
	const char *certificate;	/* the file that it is from; borrowed from conf */
	const struct conf_front *front; /* whose port it is; borrowed from conf */
	/* The configuration has no address that grants the wish; it is another one's. */
	bool is_another;
};

/* ERR_NOTFOUND, or as certificate_name(), with a sentence when the name is not known. */
int server_name_find(const struct conf *conf, const struct server_wish *wish,
		     struct server_name *ret, struct errinfo *ei);
/* Whether some address of conf grants the wish. */
bool server_grants(const struct conf *conf, const struct server_wish *wish);

#endif

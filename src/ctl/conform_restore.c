/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/conform_restore.h"

#include <string.h>

#include "dns/dns_reply.h"
#include "net/fqdn.h"

static const char *name_of(const struct conform_server *s, int host)
{
	return host == 0 ? s->names.host : s->names.second;
}

static void look_up(const struct resolvers *r, const char *name, enum dns_type type,
		    struct conform_original *ret)
{
	struct errinfo ei = ERRINFO_INIT;
	struct dns_reply reply;
	struct fqdn fqdn;

	if (fqdn_parse(slice_of(name), &fqdn) != 0 ||
	    resolver_ask(r, &fqdn, type, &reply, &ei) != 0)
		return;
	if ((reply.rcode != DNS_RCODE_OK && reply.rcode != DNS_RCODE_NXDOMAIN) || reply.n_addrs > 1)
		return;
	ret->is_known = true;
	if (reply.n_addrs == 1)
		ret->addr = reply.addrs[0];
}

void conform_look_up(const struct conform_server *s, const struct resolvers *r,
		     struct conform_originals *ret)
{
	int host;

	memset(ret, 0, sizeof(*ret));
	for (host = 0; host < CONFORM_HOSTS_MAX && name_of(s, host) != NULL; host++) {
		look_up(r, name_of(s, host), DNS_TYPE_A, &ret->at[host][0]);
		look_up(r, name_of(s, host), DNS_TYPE_AAAA, &ret->at[host][1]);
	}
}

static bool restore_family(struct conform_server *s, int host, const struct conform_original *o,
			   const char *family, struct buf *said)
{
	struct errinfo ei = ERRINFO_INIT;
	char text[ADDR_TEXT_MAX];

	if (!o->is_known) {
		buf_addf(said, "; what %s address it had is not known", family);
		return false;
	}
	if (!addr_is_set(&o->addr)) {
		buf_addf(said, "; it had no %s address, and may have one now", family);
		return false;
	}
	if (conform_server_set(s, host, &o->addr, &ei) != 0) {
		buf_addf(said, "; %s was not put back: %s", addr_format(&o->addr, text), ei.text);
		return false;
	}
	buf_addf(said, "; %s was put back", addr_format(&o->addr, text));
	return true;
}

bool conform_restore(struct conform_server *s, const struct conform_originals *o, struct buf *said)
{
	bool all = true;
	int host;

	for (host = 0; host < CONFORM_HOSTS_MAX && name_of(s, host) != NULL; host++) {
		if (!s->is_touched[host])
			continue;
		buf_addf(said, "%s%s", said->len > 0 ? "\n" : "", name_of(s, host));
		all = restore_family(s, host, &o->at[host][0], "IPv4", said) && all;
		all = restore_family(s, host, &o->at[host][1], "IPv6", said) && all;
	}
	return all;
}

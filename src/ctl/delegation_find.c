/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/delegation_find.h"

#include <string.h>

void delegation_find(const struct resolvers *r, const struct fqdn *zone, struct names *found,
		     struct delegation *ret, struct errinfo *ei)
{
	struct dns_reply reply = {.rcode = DNS_RCODE_OK};

	found->n = 0;
	ret->found = found;
	ret->err = resolver_ask(r, zone, DNS_TYPE_NS, &reply, ei);
	ret->why = ei->text;
	ret->rcode = reply.rcode;
	if (ret->err == 0 && reply.rcode == DNS_RCODE_OK) {
		found->n = reply.n_names;
		memcpy(found->at, reply.names, sizeof(found->at));
	}
}

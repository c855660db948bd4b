/* SPDX-License-Identifier: BSD-2-Clause
 * One dyndns2 update request, from its parameters to values. Pure; runs on
 * the HTTP pool threads. The contract is docs/PROTOCOL.md. */
#ifndef MOORING_DYNDNS_QUERY_H
#define MOORING_DYNDNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyndns/params.h"
#include "net/addr.h"
#include "net/fqdn.h"
#include "net/interface_id.h"

enum { QUERY_HOSTS_MAX = 20 }; /* Dyn's limit, answered "numhost" */

struct dyndns_body;

enum query_hosts {
	QUERY_HOSTS_ABSENT, /* none, empty, "YES" or one label without a dot: the account's only
			       host */
	QUERY_HOSTS_GIVEN,
	QUERY_HOSTS_TOO_MANY,
};

enum query_address {
	QUERY_ADDRESS_PEER,  /* none given: the peer's */
	QUERY_ADDRESS_GIVEN, /* addrs holds one or two; none when all that was said is "preserve" or
				a prefix: the peer's must not be used */
	QUERY_ADDRESS_BAD,   /* one cannot be parsed, or two of one family: nothing is changed */
};

/* The prefix of the LAN, for the hosts that have an interface id. */
enum query_prefix {
	QUERY_PREFIX_ABSENT, /* none is spoken of: that of the router's own address */
	QUERY_PREFIX_GIVEN,
	QUERY_PREFIX_NONE, /* it is not known just now, or those hosts are to be left alone */
	QUERY_PREFIX_BAD,  /* one cannot be read, or there are two: nothing is changed */
};

struct query_host {
	bool valid;	   /* false: answered "notfqdn" in its line, unless it is still unread */
	uint16_t utf8_len; /* unread: so many of the next bytes of utf8; 0: it is read */
	struct fqdn name;
};

struct dyndns_query {
	enum query_hosts hosts_kind;
	size_t n_hosts;
	struct query_host hosts[QUERY_HOSTS_MAX];
	enum query_address address_kind;
	struct addr_pair
		addrs; /* an unspecified one, too: what that means depends on the account */
	/* By "offline=YES": of each family that is to be cleared, its unspecified address. */
	struct addr_pair offline;
	enum query_prefix prefix_kind;
	struct prefix prefix;
	/* It stands among the addresses: for an account to which a prefix means nothing that is a
	 * network in the place of an address. */
	bool prefix_is_address;
	/* Names that are not ASCII, one behind the other. To convert one takes some 25
	 * microseconds: dyndns_query_read_names() does it for those whose password is right. */
	size_t utf8_len;
	char utf8[QUERY_PARAMS_MAX]; /* only so many are set */
};

/* Reads the raw (undecoded) query string, then the body, either may be empty, or body NULL; a later
 * duplicate key wins, unknown keys are ignored whatever their value. *ret is always filled. Returns
 * 0, ERR_INVAL when an escape of a key or of a known value is broken or holds a NUL, or a known key
 * has an index (the caller answers 400), ERR_LIMIT when one of the two is longer than
 * QUERY_PARAMS_MAX, ERR_REFUSED when the body is of no kind that is read (415), or ERR_NOMEM (the
 * caller answers 911). */
int dyndns_query_parse(struct slice query, const struct dyndns_body *body,
		       struct dyndns_query *ret);
/* Reads the names that are unread. ERR_NOMEM: some still are, and it may be asked again. */
int dyndns_query_read_names(struct dyndns_query *q);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * Does the world find a zone: what a resolver says of its name servers, and what they say
 * themselves, judged. Pure. */
#ifndef MOORING_CTL_DELEGATION_H
#define MOORING_CTL_DELEGATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ctl/report.h"
#include "dns/dns_reply.h"

struct names {
	size_t n;
	struct fqdn at[DNS_REPLY_NAMES_MAX];
};

struct delegation {
	const struct names *wanted; /* the zone's name servers; none: nobody knows them */
	const struct names *found;  /* what a resolver says */
	int err;		    /* no resolver answered */
	const char *why;	    /* then */
	unsigned rcode;
	bool is_lab; /* a zone that need not be found from outside */
};

/* Appends a sentence to detail. */
enum report_result delegation_judge(const struct delegation *d, struct buf *detail);

enum server_state {
	SERVER_UNKNOWN, /* without an address */
	SERVER_SILENT,
	SERVER_LAME, /* replies, but not for this zone */
	SERVER_GOOD,
};

struct servers {
	unsigned n[SERVER_GOOD + 1];
	char first_bad[320]; /* name and trouble; "" when all are good */
	bool is_lab;
	bool is_builtin; /* they are ours */
};

/* What a reply to a question for the SOA makes of its server. */
enum server_state server_judge(const struct dns_reply *reply);
enum report_result servers_judge(const struct servers *s, struct buf *detail);

#endif

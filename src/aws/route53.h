/* SPDX-License-Identifier: BSD-2-Clause
 * Route 53's REST-XML protocol: ChangeResourceRecordSets, GetChange, ListResourceRecordSets,
 * GetHostedZone. Core thread. */
#ifndef MOORING_AWS_ROUTE53_H
#define MOORING_AWS_ROUTE53_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/error.h"
#include "base/err.h"

struct aws_client;
struct aws_route53;

/* Of one request: 1,000 values and 32,000 characters of them, where an UPSERT counts twice.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html */
enum { AWS_ROUTE53_CHANGES_MAX = 500, AWS_ROUTE53_VALUE_CHARS_MAX = 32000 };

struct aws_route53_change {
	bool remove;	   /* DELETE instead of UPSERT */
	const char *name;  /* borrowed for the call */
	const char *type;  /* "A" or "AAAA" */
	const char *value; /* address text */
	uint32_t ttl;
};

/* client is borrowed. endpoint NULL: AWS_ENDPOINT_URL_ROUTE_53 / AWS_ENDPOINT_URL, or the one of
 * region's partition (region NULL: AWS_REGION and so on, "aws" when there is none), which also
 * tells the signing region. timeout_ms bounds a whole call with its retries. */
int aws_route53_new(struct aws_client *client, const char *region, const char *endpoint,
		    unsigned timeout_ms, struct aws_route53 **ret, struct errinfo *ei);
/* That signatures name, the same for a whole partition: "us-east-1". */
const char *aws_route53_region(const struct aws_route53 *r);
/* NULL is fine. Calls in flight end with ERR_CANCELED, in this call or a later turn. */
void aws_route53_free(struct aws_route53 *r);

/* change_id is borrowed: "C..." without its prefix; NULL unless err is 0. error is NULL then.
 * Codes: ERR_REFUSED InvalidChangeBatch and InvalidInput, ERR_NOTFOUND NoSuchHostedZone,
 * ERR_DENIED, ERR_THROTTLED (Throttling and PriorRequestNotComplete, HTTP 400), ERR_TIMEOUT,
 * ERR_UNAVAILABLE, ERR_PROTOCOL. */
typedef void aws_route53_fn(void *arg, int err, const char *change_id,
			    const struct aws_error *error);

/* One ChangeResourceRecordSets; 1 <= n <= AWS_ROUTE53_CHANGES_MAX. Everything is copied before the
 * return. Returns 0 and calls done exactly once in a later turn, or < 0 and never: ERR_LIMIT for
 * too many changes or characters, ERR_INVAL for an id outside [A-Z0-9]{1,32} ("/hostedzone/" before
 * it is fine), a TTL above 2^31 - 1, or text that XML cannot carry. */
int aws_route53_change(struct aws_route53 *r, const char *hosted_zone_id,
		       const struct aws_route53_change *changes, size_t n, aws_route53_fn *done,
		       void *arg);

/* Whoever keeps a pace hears of every request that a call sends beyond its first: err is what the
 * one before it met with, code AWS's own word for it, "" when there was none. Called on the core
 * thread; must not end calls. NULL: nobody. */
typedef void aws_route53_again_fn(void *arg, int err, const char *code);
void aws_route53_set_again(struct aws_route53 *r, aws_route53_again_fn *again, void *arg);

/* error is NULL when err is 0. ERR_NOTFOUND: Route 53 does not know of such a change (any more);
 * else the codes of aws_route53_fn. */
typedef void aws_route53_status_fn(void *arg, int err, bool is_insync,
				   const struct aws_error *error);

/* One GetChange: have all name servers of Route 53 the accepted change? Returns 0 and calls done
 * exactly once in a later turn, or < 0 and never: ERR_INVAL for an id outside [A-Z0-9]{1,32}
 * ("/change/" before it is fine), ERR_NOMEM. */
int aws_route53_get_change(struct aws_route53 *r, const char *change_id,
			   aws_route53_status_fn *done, void *arg);

enum {
	AWS_ROUTE53_PAGE_SETS = 300,	       /* of one answer, at most */
	AWS_ROUTE53_SET_NAME_SIZE = 1100,      /* 255 bytes, each escaped as \ooo */
	AWS_ROUTE53_SET_IDENTIFIER_SIZE = 1024 /* 128 characters */
};

/* Where a page begins: at the first record set of the zone when zeroed. */
struct aws_route53_place {
	char name[AWS_ROUTE53_SET_NAME_SIZE];
	char type[16];
	char identifier[AWS_ROUTE53_SET_IDENTIFIER_SIZE];
};

/* Borrowed for the call. */
struct aws_route53_set {
	const char *name; /* with its final dot; octal escapes of visible ASCII are decoded, but for
			   * the dot and the backslash, which would make it another name */
	const char *type; /* "AAAA" */
	uint32_t ttl;	  /* 0 for an alias */
	size_t n_values;
	const char *values; /* n_values strings, each with its NUL, one behind another */
	bool is_alias;
	bool is_routed; /* by a routing or traffic policy */
};

typedef void aws_route53_set_fn(void *arg, const struct aws_route53_set *set);
/* next: where the following page begins, NULL when this one was the last or err is not 0; borrowed.
 * error is NULL when err is 0. Codes: ERR_NOTFOUND NoSuchHostedZone, ERR_DENIED, ERR_THROTTLED,
 * ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_PROTOCOL. */
typedef void aws_route53_page_fn(void *arg, int err, const struct aws_route53_place *next,
				 const struct aws_error *error);

/* One ListResourceRecordSets: at most max_sets (1 to AWS_ROUTE53_PAGE_SETS) record sets from the
 * place on, copied. Returns 0, and done is called exactly once, after the last set; or < 0, and
 * neither is ever called. Sets told before an error are true, but not all. ERR_INVAL as above. */
int aws_route53_list_page(struct aws_route53 *r, const char *hosted_zone_id,
			  const struct aws_route53_place *from, unsigned max_sets,
			  aws_route53_set_fn *each, aws_route53_page_fn *done, void *arg);

enum { AWS_ROUTE53_NS_MAX = 8, AWS_ROUTE53_NAME_SIZE = 256 };

/* A hosted zone itself. */
struct aws_route53_zone {
	char name[AWS_ROUTE53_NAME_SIZE]; /* as it came, with its final dot */
	bool is_private;
	size_t n_sets;
	size_t n_ns; /* 0 for a private zone */
	char ns[AWS_ROUTE53_NS_MAX][AWS_ROUTE53_NAME_SIZE];
};

/* zone is borrowed, NULL unless err is 0; error is NULL then. Codes as for a listing. */
typedef void aws_route53_zone_fn(void *arg, int err, const struct aws_route53_zone *zone,
				 const struct aws_error *error);

/* GetHostedZone. Returns 0 and calls done exactly once in a later turn, or < 0 and never. */
int aws_route53_get_zone(struct aws_route53 *r, const char *hosted_zone_id,
			 aws_route53_zone_fn *done, void *arg);

#endif

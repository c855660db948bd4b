/* SPDX-License-Identifier: BSD-2-Clause
 * Route 53's REST-XML protocol: ChangeResourceRecordSets; other operations have headers of their
 * own. Core thread. */
#ifndef MOORING_AWS_AWS_ROUTE53_H
#define MOORING_AWS_AWS_ROUTE53_H

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
enum { AWS_ROUTE53_ID_SIZE = 33 }; /* of a zone or a change, with its NUL */

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

/* Within done: a request of that call may have been carried out, or may yet be, whatever err says.
 */
bool aws_route53_was_lost(const struct aws_route53 *r);

/* Sets the function that is called for every request that a call sends beyond its first, for
 * whoever keeps a pace: err is the error of the request before, code AWS's own name of it, "" when
 * there was none. Called on the core thread; must not end calls. NULL: none. */
typedef void aws_route53_again_fn(void *arg, int err, const char *code);
void aws_route53_set_again(struct aws_route53 *r, aws_route53_again_fn *again, void *arg);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * Which host answers for a service in a region, and which region the signature names. Partitions
 * and rules: facts of the SDKs' endpoint rule sets. Pure. */
#ifndef MOORING_AWS_ENDPOINT_H
#define MOORING_AWS_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { AWS_REGION_SIZE = 64, AWS_HOST_SIZE = 288, AWS_PATH_SIZE = 256 };

enum aws_service {
	AWS_SERVICE_DYNAMODB,
	AWS_SERVICE_ROUTE53,
	AWS_SERVICE_STS,
	AWS_SERVICE_SNS,
};
enum { AWS_SERVICES = AWS_SERVICE_SNS + 1 };

/* What decides; the slices are borrowed and may be empty. */
struct aws_endpoint_params {
	enum aws_service service;
	struct slice region;
	struct slice url; /* an endpoint of the user's own: emulator, VPC endpoint */
	bool use_fips;
	bool use_dualstack;
};

struct aws_endpoint {
	bool is_tls;
	bool is_loopback;
	bool is_region_guessed;	  /* nobody named one */
	char host[AWS_HOST_SIZE]; /* the Host header: IPv6 in brackets, port unless the default */
	char path[AWS_PATH_SIZE]; /* prefix of every path: "" or "/x" without a slash at its end */
	char signing_region[AWS_REGION_SIZE];
};

/* "DynamoDB": for sentences. */
const char *aws_service_title(enum aws_service service);
/* "dynamodb": for the signature. */
const char *aws_service_signing_name(enum aws_service service);

/* What ARNs call the partition of a region: "aws", "aws-cn"... */
const char *aws_partition_name(struct slice region);
/* Fit to be a part of a host name, and short enough. */
bool aws_is_region(struct slice s);

/* ERR_INVAL with a sentence; ERR_NOTFOUND with one when only the region is missing. Without a
 * region an own endpoint is signed for us-east-1. */
int aws_endpoint_resolve(const struct aws_endpoint_params *params, struct aws_endpoint *ret,
			 struct errinfo *ei);

#endif

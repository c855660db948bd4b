/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/url.h"

enum { HOST_IS_FIPS = 1, HOST_IS_DUALSTACK = 2, HOST_KINDS = 4 };

/* Route 53 is one host for a whole partition, with an irregular name in each; NULL: none known. */
struct partition {
	const char *region_prefix;
	const char *name; /* in an ARN */
	const char *suffix;
	const char *dualstack_suffix;
	const char *global_region;
	const char *route53[HOST_KINDS];
};

/* The first prefix that fits; the last one takes every region that AWS may open. */
static const struct partition partitions[] = {
	{"us-gov-",
	 "aws-us-gov",
	 "amazonaws.com",
	 "api.aws",
	 "us-gov-west-1",
	 {"route53.us-gov.amazonaws.com", "route53.us-gov.amazonaws.com", "route53.us-gov.api.aws",
	  "route53.us-gov.api.aws"}},
	{"us-isob-",
	 "aws-iso-b",
	 "sc2s.sgov.gov",
	 "api.aws.scloud",
	 "us-isob-east-1",
	 {"route53.sc2s.sgov.gov", "route53-fips.sc2s.sgov.gov", NULL, NULL}},
	{"us-isof-",
	 "aws-iso-f",
	 "csp.hci.ic.gov",
	 "api.aws.hci.ic.gov",
	 "us-isof-south-1",
	 {"route53.csp.hci.ic.gov", "route53-fips.csp.hci.ic.gov", NULL, NULL}},
	{"us-iso-",
	 "aws-iso",
	 "c2s.ic.gov",
	 "api.aws.ic.gov",
	 "us-iso-east-1",
	 {"route53.c2s.ic.gov", "route53-fips.c2s.ic.gov", NULL, NULL}},
	{"eu-isoe-",
	 "aws-iso-e",
	 "cloud.adc-e.uk",
	 "api.cloud-aws.adc-e.uk",
	 "eu-isoe-west-1",
	 {"route53.cloud.adc-e.uk", "route53-fips.cloud.adc-e.uk", NULL, NULL}},
	{"eusc-",
	 "aws-eusc",
	 "amazonaws.eu",
	 "api.amazonwebservices.eu",
	 "eusc-de-east-1",
	 {"route53.amazonaws.eu", "route53-fips.amazonaws.eu", NULL, NULL}},
	{"cn-",
	 "aws-cn",
	 "amazonaws.com.cn",
	 "api.amazonwebservices.com.cn",
	 "cn-northwest-1",
	 {"route53.amazonaws.com.cn", "route53-fips.amazonaws.com.cn",
	  "route53.global.api.amazonwebservices.com.cn",
	  "route53-fips.api.amazonwebservices.com.cn"}},
	{"",
	 "aws",
	 "amazonaws.com",
	 "api.aws",
	 "us-east-1",
	 {"route53.amazonaws.com", "route53-fips.amazonaws.com", "route53.global.api.aws",
	  "route53-fips.global.api.aws"}},
};

const char *aws_service_title(enum aws_service service)
{
	static const char *const titles[] = {
		[AWS_SERVICE_DYNAMODB] = "DynamoDB",
		[AWS_SERVICE_ROUTE53] = "Route 53",
		[AWS_SERVICE_STS] = "STS",
		[AWS_SERVICE_SNS] = "SNS",
	};

	return titles[service];
}

const char *aws_service_signing_name(enum aws_service service)
{
	static const char *const names[] = {
		[AWS_SERVICE_DYNAMODB] = "dynamodb",
		[AWS_SERVICE_ROUTE53] = "route53",
		[AWS_SERVICE_STS] = "sts",
		[AWS_SERVICE_SNS] = "sns",
	};

	return names[service];
}

static const struct partition *find_partition(struct slice region)
{
	const struct partition *p = partitions;
	size_t len = strlen(p->region_prefix);

	while (region.len < len || memcmp(region.p, p->region_prefix, len) != 0) {
		p++;
		len = strlen(p->region_prefix);
		if (len == 0)
			break;
	}
	return p;
}

bool aws_is_region(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((s.p[i] < 'a' || s.p[i] > 'z') && (s.p[i] < '0' || s.p[i] > '9') &&
		    (s.p[i] != '-' || i == 0 || i + 1 == s.len))
			return false;
	return s.len > 0 && s.len < AWS_REGION_SIZE;
}

const char *aws_partition_name(struct slice region)
{
	return find_partition(region)->name;
}

static bool is_loopback_host(const char *host)
{
	size_t len = strlen(host);
	static const char local[] = ".localhost";

	return strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0 ||
	       strcmp(host, "localhost") == 0 ||
	       (len > sizeof(local) - 1 && strcmp(host + len - (sizeof(local) - 1), local) == 0);
}

static int format_host(struct aws_endpoint *e, const char *host, const char *port)
{
	const char *plain = e->is_tls ? "443" : "80";
	bool with_port = port != NULL && strcmp(port, plain) != 0;
	size_t i;
	int n;

	n = snprintf(e->host, sizeof(e->host), "%s%s%s", host, with_port ? ":" : "",
		     with_port ? port : "");
	if (n < 0 || (size_t)n >= sizeof(e->host))
		return ERR_LIMIT;
	for (i = 0; e->host[i] != '\0'; i++)
		e->host[i] = str_lower(e->host[i]);
	return 0;
}

static int format_prefix(struct aws_endpoint *e, const char *path)
{
	struct slice s = slice_of(path);

	while (s.len > 0 && s.p[s.len - 1] == '/')
		s.len--;
	return str_copy(e->path, sizeof(e->path), s);
}

static int take_parts(const struct fetch_url *url, struct aws_endpoint *e)
{
	int err;

	if (url->host == NULL || url->scheme == NULL || url->path == NULL)
		return ERR_INVAL;
	if (strcmp(url->scheme, "https") != 0 && strcmp(url->scheme, "http") != 0)
		return ERR_INVAL;
	e->is_tls = strcmp(url->scheme, "https") == 0;
	err = format_host(e, url->host, url->port);
	if (err == 0)
		err = format_prefix(e, url->path);
	e->is_loopback = err == 0 && is_loopback_host(url->host);
	return err;
}

/* True when the URL has parts that a request to it would lose. A query or a fragment, empty or not,
 * is looked for in the text, because only some versions of curl tell an empty one from none. */
static bool has_surplus(const struct fetch_url *url, const char *text)
{
	return strpbrk(text, "?#") != NULL || url->user != NULL || url->password != NULL;
}

static int parse_url(struct slice text, struct aws_endpoint *e)
{
	char *copy = strndup(text.p, text.len);
	struct fetch_url url;
	int err;

	if (copy == NULL)
		return ERR_NOMEM;
	if (strlen(copy) != text.len || strstr(copy, "://") == NULL)
		err = ERR_INVAL;
	else
		err = fetch_url_split(copy, &url);
	if (err == 0) {
		err = has_surplus(&url, copy) ? ERR_INVAL : take_parts(&url, e);
		fetch_url_fini(&url);
	}
	free(copy);
	return err;
}

/* SDKs refuse this one since 2026: the rule set cannot tell what else it should change. */
static bool is_default_dualstack(const struct aws_endpoint_params *params,
				 const struct partition *part, const struct aws_endpoint *e)
{
	char host[AWS_HOST_SIZE];

	if (params->service != AWS_SERVICE_DYNAMODB || params->region.len == 0)
		return false;
	snprintf(host, sizeof(host), "dynamodb.%.*s.%s", (int)params->region.len, params->region.p,
		 part->dualstack_suffix);
	return e->is_tls && e->path[0] == '\0' && strcmp(e->host, host) == 0;
}

static int resolve_own(const struct aws_endpoint_params *params, const struct partition *part,
		       struct aws_endpoint *e, struct errinfo *ei)
{
	const char *title = aws_service_title(params->service);
	char shown[AWS_PATH_SIZE];
	int err;

	if (params->use_fips)
		return err_set(ei, ERR_INVAL,
			       "%s: FIPS and custom endpoint are not supported together", title);
	if (params->use_dualstack)
		return err_set(ei, ERR_INVAL,
			       "%s: Dualstack and custom endpoint are not supported together",
			       title);
	err = parse_url(params->url, e);
	if (err == ERR_NOMEM)
		return err;
	if (err != 0)
		return err_set(
			ei, ERR_INVAL,
			"%s: endpoint \"%s\" is not of the form http[s]://host[:port][/path]",
			title, str_printable(shown, sizeof(shown), params->url));
	if (is_default_dualstack(params, part, e))
		return err_set(ei, ERR_INVAL,
			       "%s: Endpoint override is not supported for dual-stack endpoints, "
			       "set AWS_USE_DUALSTACK_ENDPOINT=true instead of \"%s\"",
			       title, e->host);
	return 0;
}

static int resolve_regional(const struct aws_endpoint_params *params, const struct partition *part,
			    struct aws_endpoint *e)
{
	/* GovCloud's ordinary hosts are validated already. */
	bool plain = strcmp(part->region_prefix, "us-gov-") == 0 && !params->use_dualstack;
	int n;

	e->is_tls = true;
	n = snprintf(
		e->host, sizeof(e->host), "%s%s.%.*s.%s", aws_service_signing_name(params->service),
		params->use_fips && !plain ? "-fips" : "", (int)params->region.len,
		params->region.p, params->use_dualstack ? part->dualstack_suffix : part->suffix);
	return n > 0 && (size_t)n < sizeof(e->host) ? 0 : ERR_LIMIT;
}

/* The pseudo region of a DynamoDB on this machine. */
static int resolve_local(const struct aws_endpoint_params *params, struct aws_endpoint *e,
			 struct errinfo *ei)
{
	if (params->use_fips || params->use_dualstack)
		return err_set(ei, ERR_INVAL, "DynamoDB: %s and local endpoint are not supported",
			       params->use_fips ? "FIPS" : "Dualstack");
	e->is_loopback = true;
	return str_copy(e->host, sizeof(e->host), slice_of("localhost:8000"));
}

static int resolve_route53(const struct aws_endpoint_params *params, const struct partition *part,
			   struct aws_endpoint *e, struct errinfo *ei)
{
	const char *host = part->route53[(params->use_fips ? HOST_IS_FIPS : 0) |
					 (params->use_dualstack ? HOST_IS_DUALSTACK : 0)];

	if (host == NULL)
		return err_set(ei, ERR_INVAL, "Route 53 has no dual-stack endpoint in region %.*s",
			       (int)params->region.len, params->region.p);
	e->is_tls = true;
	return str_copy(e->host, sizeof(e->host), slice_of(host));
}

/* The endpoint of STS from before there were regional ones. */
static bool is_global_sts(const struct aws_endpoint_params *params)
{
	return params->service == AWS_SERVICE_STS && slice_eq(params->region, "aws-global");
}

/* A custom endpoint changes the host, never what is signed. */
static int set_signing_region(const struct aws_endpoint_params *params,
			      const struct partition *part, struct aws_endpoint *e)
{
	struct slice region = params->region;

	if (params->service == AWS_SERVICE_ROUTE53)
		region = slice_of(part->global_region);
	else if (region.len == 0 || slice_eq(region, "local") || is_global_sts(params))
		region = slice_of("us-east-1");
	return str_copy(e->signing_region, sizeof(e->signing_region), region);
}

static int resolve_missing(enum aws_service service, struct errinfo *ei)
{
	bool is_dynamodb = service == AWS_SERVICE_DYNAMODB;

	return err_set(ei, ERR_NOTFOUND, "%s: Missing Region, set %sAWS_REGION",
		       aws_service_title(service), is_dynamodb ? "store.region or " : "");
}

/* A host of AWS's own. */
static int resolve_standard(const struct aws_endpoint_params *params, const struct partition *part,
			    struct aws_endpoint *e, struct errinfo *ei)
{
	if (params->service == AWS_SERVICE_ROUTE53)
		return resolve_route53(params, part, e, ei);
	if (params->region.len == 0)
		return resolve_missing(params->service, ei);
	if (params->service == AWS_SERVICE_DYNAMODB && slice_eq(params->region, "local"))
		return resolve_local(params, e, ei);
	if (!is_global_sts(params))
		return resolve_regional(params, part, e);
	e->is_tls = true;
	return str_copy(e->host, sizeof(e->host), slice_of("sts.amazonaws.com"));
}

int aws_endpoint_resolve(const struct aws_endpoint_params *params, struct aws_endpoint *ret,
			 struct errinfo *ei)
{
	const struct partition *part = find_partition(params->region);
	struct aws_endpoint e = {.is_region_guessed = params->region.len == 0};
	char shown[AWS_REGION_SIZE];
	int err;

	if (params->region.len > 0 && !aws_is_region(params->region))
		return err_set(ei, ERR_INVAL, "\"%s\" is not the name of an AWS region",
			       str_printable(shown, sizeof(shown), params->region));
	if (params->url.len > 0)
		err = resolve_own(params, part, &e, ei);
	else
		err = resolve_standard(params, part, &e, ei);
	if (err == 0)
		err = set_signing_region(params, part, &e);
	if (err != 0)
		return err_set(ei, err, "%s: no endpoint: %s", aws_service_title(params->service),
			       err_str(err));
	*ret = e;
	return 0;
}

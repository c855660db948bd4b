/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/endpoint_find.h"

#include "aws/env.h"
#include "aws/profile.h"
#include "aws/profile_load.h"

/* What one lookup reads from: the environment first, then the chosen profile. */
struct sources {
	const char *const *env;
	const struct aws_profiles *profiles;
	struct slice profile;
};

static struct slice from_profile(const struct sources *src, const char *key)
{
	return aws_profiles_get(src->profiles, AWS_SECTION_PROFILE, src->profile, key);
}

static bool is_on(const struct sources *src, const char *variable, const char *key)
{
	if (aws_env_get(src->env, variable).len > 0)
		return aws_env_is_true(src->env, variable);
	return slice_eq_nocase(from_profile(src, key), "true");
}

static struct slice find_region(const struct sources *src)
{
	struct slice region = aws_env_get(src->env, "AWS_REGION");

	if (region.len == 0)
		region = aws_env_get(src->env, "AWS_DEFAULT_REGION");
	return region.len > 0 ? region : from_profile(src, "region");
}

/* "[services x]" of the configuration, when the profile says "services = x". */
static struct slice from_services(const struct sources *src, const char *service)
{
	struct slice name = from_profile(src, "services");
	struct slice nested = aws_profiles_get(src->profiles, AWS_SECTION_SERVICES, name, service);

	return aws_profile_sub(nested, "endpoint_url");
}

/* https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
static struct slice find_url(const struct sources *src, enum aws_service service)
{
	static const struct {
		const char *variable;
		const char *key; /* in a "services" section */
	} names[] = {
		[AWS_SERVICE_DYNAMODB] = {"AWS_ENDPOINT_URL_DYNAMODB", "dynamodb"},
		[AWS_SERVICE_ROUTE53] = {"AWS_ENDPOINT_URL_ROUTE_53", "route_53"},
		[AWS_SERVICE_STS] = {"AWS_ENDPOINT_URL_STS", "sts"},
		[AWS_SERVICE_SNS] = {"AWS_ENDPOINT_URL_SNS", "sns"},
	};
	struct slice url = {NULL, 0};

	if (is_on(src, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
		return url;
	url = aws_env_get(src->env, names[service].variable);
	if (url.len == 0)
		url = aws_env_get(src->env, "AWS_ENDPOINT_URL");
	if (url.len == 0)
		url = from_services(src, names[service].key);
	return url.len > 0 ? url : from_profile(src, "endpoint_url");
}

int aws_endpoint_find(enum aws_service service, const char *region, const char *url,
		      const char *const *env, struct aws_endpoint *ret, struct errinfo *ei)
{
	struct aws_endpoint_params params = {
		.service = service,
		.region = slice_of(region),
		.url = slice_of(url),
	};
	struct aws_profiles *profiles = NULL;
	struct sources src;
	int err;

	err = aws_profiles_load(env, &profiles, ei);
	if (err != 0)
		return err;
	src = (struct sources){env, profiles, aws_profile_find_name(env)};
	if (params.region.len == 0)
		params.region = find_region(&src);
	if (params.url.len == 0)
		params.url = find_url(&src, service);
	params.use_fips = is_on(&src, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	params.use_dualstack = is_on(&src, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
	err = aws_endpoint_resolve(&params, ret, ei);
	aws_profiles_free(profiles);
	return err;
}

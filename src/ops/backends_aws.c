/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/backends_aws.h"

#include "aws/aws_dynamodb.h"
#include "aws/client.h"
#include "aws/endpoint.h"
#include "conf/conf.h"
#include "dns/route53.h"
#include "notify/sns.h"
#include "store/dynamodb.h"

/* An option that is not set is "" in the configuration and NULL for the AWS client. */
static const char *or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : NULL;
}

static int need_aws(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		    struct errinfo *ei)
{
	static const enum aws_credentials_source sources[] = {
		[CONF_CREDENTIALS_AUTO] = AWS_CREDENTIALS_AUTO,
		[CONF_CREDENTIALS_ENVIRONMENT] = AWS_CREDENTIALS_ENVIRONMENT,
		[CONF_CREDENTIALS_PROFILE] = AWS_CREDENTIALS_PROFILE,
		[CONF_CREDENTIALS_WEB_IDENTITY] = AWS_CREDENTIALS_WEB_IDENTITY,
		[CONF_CREDENTIALS_CONTAINER] = AWS_CREDENTIALS_CONTAINER,
		[CONF_CREDENTIALS_IMDS] = AWS_CREDENTIALS_IMDS,
	};
	const struct aws_client_conf ac = {
		.credentials = sources[conf->credentials],
		.connect_timeout_ms = CONF_AWS_CONNECT_TIMEOUT_S * 1000,
		.attempt_timeout_ms = conf->aws_request_timeout_s * 1000,
		.breaker_failures = CONF_AWS_BREAKER_FAILURES,
		.breaker_pause_ms = CONF_AWS_BREAKER_PAUSE_S * 1000,
	};

	return b->aws != NULL ? 0 : aws_client_new(loop, &ac, &b->aws, ei);
}

int backends_aws_open_store(struct uv_loop_s *loop, const struct conf *conf,
			    const struct fqdn *default_zone, struct backends *b, struct errinfo *ei)
{
	int err = need_aws(loop, conf, b, ei);

	if (err == 0)
		err = aws_dynamodb_new(b->aws, or_null(conf->store.region),
				       or_null(conf->store.endpoint), conf->store.timeout_s * 1000,
				       &b->dynamodb, ei);
	if (err == 0)
		err = store_dynamodb_open(loop, b->dynamodb, conf->store.table, default_zone,
					  &b->store, ei);
	return err;
}

static const char *partition_of(const struct aws_route53 *r)
{
	return aws_partition_name(slice_of(aws_route53_region(r)));
}

static const struct backend_hosted hosted = {
	.partition = partition_of,
	.change = aws_route53_change,
	.list_page = aws_route53_list_page,
	.get_zone = aws_route53_get_zone,
};

int backends_aws_open_zone(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			   struct backend_zone *z, struct errinfo *ei)
{
	int err = need_aws(loop, conf, b, ei);

	z->hosted = &hosted;
	if (err == 0)
		err = aws_route53_new(b->aws, or_null(conf->store.region),
				      or_null(z->conf->endpoint), conf->route53_timeout_s * 1000,
				      &z->route53, ei);
	if (err == 0)
		err = dns_route53_open(loop, z->route53, &b->pace, z->conf->hosted_zone_id,
				       CONF_ROUTE53_SAMPLE, &z->dns, ei);
	return err;
}

int backends_aws_open_sns(struct uv_loop_s *loop, const struct conf *conf,
			  const struct conf_notify *c, struct backends *b,
			  struct notify_target **ret, struct errinfo *ei)
{
	int err = need_aws(loop, conf, b, ei);

	return err == 0 ? notify_sns_new(b->aws, c, ret, ei) : err;
}

void backends_aws_close(struct backends *b)
{
	size_t i;

	for (i = 0; i < b->n_zones; i++)
		aws_route53_free(b->zones[i].route53);
	aws_dynamodb_free(b->dynamodb);
	aws_client_close(b->aws);
}

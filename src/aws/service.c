/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/service.h"

#include <stdlib.h>
#include <string.h>

#include "aws/call_life.h"
#include "aws/client_int.h"
#include "aws/endpoint_find.h"
#include "base/log.h"

enum { DEFAULT_CALL_TIMEOUT_MS = 10000 };

/* The answers of an endpoint without TLS are not authenticated. */
static void warn_of_plain_http(const struct aws_endpoint *e, enum aws_service service)
{
	if (!e->is_tls && !e->is_loopback)
		log_event(LOG_LEVEL_WARN, "a service of AWS is reached without TLS",
			  LOG_FIELDS(log_str("service", aws_service_title(service)),
				     log_str("endpoint", e->host)));
}

/* For when the region is told. Until then nobody takes the guess for it. */
static int keep_url(struct aws_service_state *s, const char *url)
{
	s->endpoint.signing_region[0] = '\0';
	s->own_url = url != NULL ? strdup(url) : NULL;
	return url != NULL && s->own_url == NULL ? ERR_NOMEM : 0;
}

int aws_service_init(struct aws_service_state *s, struct aws_client *client,
		     enum aws_service service, const char *region, const char *url,
		     unsigned timeout_ms, struct errinfo *ei)
{
	bool is_dynamodb = service == AWS_SERVICE_DYNAMODB;
	struct errinfo why = ERRINFO_INIT;
	int err;

	memset(s, 0, sizeof(*s));
	err = aws_endpoint_find(service, region, url, client->env, &s->endpoint, &why);
	s->needs_region = client->wants_region &&
			  (err == ERR_NOTFOUND || (err == 0 && s->endpoint.is_region_guessed));
	if (err != 0 && !s->needs_region)
		return err_set(ei, err, "%s", why.text);
	if (err == 0)
		warn_of_plain_http(&s->endpoint, service);
	if (s->needs_region && keep_url(s, url) != 0)
		return ERR_NOMEM;
	s->client = client;
	s->service = service;
	s->timeout_ms = timeout_ms > 0 ? timeout_ms : DEFAULT_CALL_TIMEOUT_MS;
	s->base_ms = is_dynamodb ? AWS_RETRY_BASE_DYNAMODB_MS : AWS_RETRY_BASE_MS;
	s->max_attempts = client->max_attempts;
	if (s->max_attempts == 0)
		s->max_attempts = is_dynamodb ? AWS_RETRY_ATTEMPTS_DYNAMODB : AWS_RETRY_ATTEMPTS;
	aws_budget_init(&s->budget);
	return 0;
}

void aws_service_fini(struct aws_service_state *s)
{
	s->is_closing = true;
	aws_calls_cancel(s->client, s);
	free(s->own_url);
	s->own_url = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * The HTTP side of every AWS service: curl's multi interface on the core loop, each attempt signed
 * anew, bounded, retried. Core thread. */
#ifndef MOORING_AWS_CLIENT_H
#define MOORING_AWS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/err.h"

struct aws_client;
struct uv_loop_s;

/* How to reach AWS; all borrowed for the call. NULL or 0 means the default. */
struct aws_client_conf {
	const char *ca_bundle;	     /* AWS_CA_BUNDLE when this is NULL */
	unsigned connect_timeout_ms; /* default 3100 */
	unsigned attempt_timeout_ms; /* default 3000: one attempt, connection included */
	unsigned max_attempts;	     /* default 3 */
	unsigned max_connections;    /* default 64, per host */
	unsigned max_response_bytes; /* default 4 MiB */
	unsigned breaker_failures;   /* default 5: requests in a row without a usable answer */
	unsigned breaker_pause_ms;   /* default 15000: the longest pause before one is tried */
	enum aws_credentials_source credentials;
};

/* Reads no credentials yet: they are looked for when the first call is made. ERR_NOMEM;
 * ERR_UNAVAILABLE when libcurl lacks TLS or an asynchronous resolver. */
int aws_client_new(struct uv_loop_s *loop, const struct aws_client_conf *conf,
		   struct aws_client **ret, struct errinfo *ei);
/* Every call in flight ends with ERR_CANCELED; frees in a later turn of the loop; NULL is fine.
 * Free the services first. */
void aws_client_close(struct aws_client *c);

/* Whose keys the calls are signed with; borrowed, for aws_provider_get() alone. */
struct aws_provider *aws_client_provider(struct aws_client *c);
/* The clock of AWS minus that of this machine, in seconds, by the last reply that had a Date; false
 * when there was none yet. */
bool aws_client_clock_gap(const struct aws_client *c, int64_t *ret_s);

/* For tests: another environment than the process's own; its strings are borrowed for life. */
int aws_client_new_env(struct uv_loop_s *loop, const struct aws_client_conf *conf,
		       const char *const *env, struct aws_client **ret, struct errinfo *ei);
/* For tests: base of the backoff after a throttle. */
void aws_client_set_throttle_base_ms(struct aws_client *c, uint32_t base_ms);
/* For tests: other credentials than the standard ones; taken over. */
void aws_client_set_provider(struct aws_client *c, struct aws_provider *p);
/* For tests: how long a credential_process may run. */
void aws_client_set_process_timeout_ms(struct aws_client *c, unsigned timeout_ms);
/* For tests: the pause before the container's endpoint or the metadata service is asked again. */
void aws_client_set_ask_delay_ms(struct aws_client *c, unsigned delay_ms);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * What others learn from an update that was answered: when the host was asked for, what the client
 * needs, who is to be told. Core thread. */
#ifndef MOORING_ENGINE_UPDATE_LEARN_H
#define MOORING_ENGINE_UPDATE_LEARN_H

#include <stdint.h>

struct agents;
struct dyndns_answer;
struct engine_news;
struct engine_request;
struct fqdn;
struct seen;

/* Borrowed. */
struct learners {
	struct agents *agents;
	struct seen *seen;
	const struct engine_news *news; /* NULL: nobody is told */
};

/* r of user, whose password was right and whose account has these quirks. only_host: the host that
 * it is about, if it has a length. */
void update_learn(const struct learners *l, const char *user, unsigned quirks,
		  const struct engine_request *r, const struct fqdn *only_host,
		  const struct dyndns_answer *answer);
/* r was braked: what it is for which it was told 911, as in struct report_about; NULL: it was not.
 */
void update_learn_braked(const struct learners *l, const struct engine_request *r,
			 const char *braked);

#endif

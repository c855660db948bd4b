/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update_learn.h"

#include <string.h>

#include "base/clock.h"
#include "dyndns/reply.h"
#include "engine/agents.h"
#include "engine/news.h"
#include "engine/seen.h"
#include "engine/update_request.h"

static void tell_accepted(const struct engine_news *news, const struct engine_request *r,
			  const struct fqdn *only_host, const struct dyndns_answer *answer)
{
	const struct fqdn *name;
	size_t i;

	for (i = 0; i < answer->n_lines; i++) {
		name = seen_asked_name(r, only_host, i);
		if (name != NULL &&
		    (answer->lines[i].code == DYNDNS_GOOD || answer->lines[i].code == DYNDNS_NOCHG))
			news->accepted(news->arg, name);
	}
}

void update_learn(const struct learners *l, const char *user, unsigned quirks,
		  const struct engine_request *r, const struct fqdn *only_host,
		  const struct dyndns_answer *answer)
{
	agents_see(l->agents, user, quirks, r->agent, answer->n_lines);
	seen_update(l->seen, user, r, only_host, answer, clock_wall_s());
	if (l->news != NULL)
		tell_accepted(l->news, r, only_host, answer);
}

void update_learn_braked(const struct learners *l, const struct engine_request *r,
			 const char *braked)
{
	if (l->news != NULL && braked != NULL && strcmp(braked, "changes") != 0)
		l->news->logins_refused(l->news->arg, r->credentials.user, &r->peer);
}

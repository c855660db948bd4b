/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/owner_search.h"

#include <string.h>

#include "base/str.h"

void owner_search_see(void *arg, const struct account *account)
{
	struct owner_search *s = arg;
	size_t i;

	s->n_accounts++;
	if (s->user[0] != '\0' || (s->but != NULL && strcmp(account->user, s->but) == 0))
		return;
	for (i = 0; i < s->n_hosts; i++)
		if (account_find_host(account, &s->hosts[i].name) != NULL) {
			str_copy(s->user, sizeof(s->user), slice_of(account->user));
			s->name = s->hosts[i].name;
			return;
		}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/removal.h"

#include <stdlib.h>

#include "ctl/args.h"
#include "ctl/records.h"
#include "ctl/say.h"
#include "ctl/takeover.h"

int removal_of_records(struct session *s, const struct account *a, const struct account_host *hosts,
		       size_t n)
{
	struct records_other *others = calloc(n > 0 ? n : 1, sizeof(*others));
	int status;

	if (others == NULL)
		return ctl_fail("out of memory: no record was deleted");
	status = records_delete(s, a->user, a->ttl, hosts, n, others);
	if (takeover_publish(s, hosts, others, n) != 0)
		status = CTL_FAILED;
	free(others);
	return status;
}

/* Lists the hosts whose publication may have arrived after their records were read: those that were
 * not published yet, and those that changed between before and now. The caller frees *ret. */
static int find_changed_since(const struct account *before, const struct account *now,
			      struct account_host **ret, size_t *ret_n)
{
	struct account_host *since = calloc(now->n_hosts > 0 ? now->n_hosts : 1, sizeof(*since));
	size_t i, n = 0;

	if (since == NULL)
		return ERR_NOMEM;
	for (i = 0; i < now->n_hosts; i++) {
		const struct account_host *h = &now->hosts[i];
		const struct account_host *old = account_find_host(before, &h->name);

		if (h->state.pub < h->state.seq || old == NULL || old->state.pub < old->state.seq ||
		    old->state.seq != h->state.seq)
			since[n++] = *h;
	}
	*ret = since;
	*ret_n = n;
	return 0;
}

/* Reads the records once more for what a daemon published shortly before the account was removed.
 * What it publishes later it deletes itself. */
static int remove_account(struct session *s, const struct account *before)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account_host *since = NULL;
	struct account *now = NULL;
	size_t n = 0;
	int status = 0;

	if (session_lookup(s, before->user, &now, &ei) != 0 ||
	    find_changed_since(before, now, &since, &n) != 0 ||
	    session_remove(s, before->user, &ei) != 0)
		status = ctl_fail("user \"%s\" is disabled, but not removed: %s", before->user,
				  ei.code != 0 ? ei.text : err_str(ERR_NOMEM));
	else if (n > 0 && removal_of_records(s, now, since, n) != 0)
		status = ctl_fail("user \"%s\" is removed, but not all of its records",
				  before->user);
	free(since);
	account_free(now);
	return status;
}

int removal_of_user(struct session *s, struct account *a)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *now = NULL;
	int status;

	if ((a->flaws & ACCOUNT_FLAW_HOSTS) != 0)
		ctl_fail("warning: not all of its host names can be read, and the records of those "
			 "stay (mooringctl verify): %s",
			 a->flaw_text);
	a->disabled = true;
	account_mend(a, ACCOUNT_FLAW_DISABLED);
	/* The account is read again, because an update may have changed it meanwhile. */
	if (session_put(s, a, STORE_REPLACE, &ei) != 0 ||
	    session_lookup(s, a->user, &now, &ei) != 0)
		return ctl_fail("user \"%s\" is not removed: %s", a->user, ei.text);
	status = removal_of_records(s, now, now->hosts, now->n_hosts);
	if (status == 0)
		status = remove_account(s, now);
	else
		ctl_fail("user \"%s\" is disabled, but kept for another try at its records",
			 a->user);
	account_free(now);
	return status;
}

int removal_of_hosts(struct session *s, const struct account *a, const struct account_host *gone,
		     size_t n)
{
	struct errinfo ei = ERRINFO_INIT;

	if (session_put(s, a, STORE_REPLACE, &ei) != 0)
		return ctl_fail("%s", ei.text);
	if (removal_of_records(s, a, gone, n) == 0)
		return CTL_OK;
	return ctl_fail("the hosts are taken from user \"%s\", but not all of their records from "
			"the zone: delete by hand what is named above",
			a->user);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/delegation.h"

#include "base/err.h"

static bool has(const struct names *names, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (fqdn_equal(&names->at[i], name))
			return true;
	return false;
}

/* Adds the names that are not among others (all of them when it is NULL). Returns how many. */
static size_t add_names(struct buf *out, const struct names *names, const struct names *others)
{
	size_t i, n = 0;

	for (i = 0; i < names->n; i++) {
		if (others != NULL && has(others, &names->at[i]))
			continue;
		buf_addf(out, "%s%s", n > 0 ? ", " : "", names->at[i].text);
		n++;
	}
	return n;
}

/* Ends the sentence. */
static enum report_result delegation_fail(const struct delegation *d, struct buf *detail)
{
	if (!d->is_lab)
		return REPORT_FAIL;
	buf_adds(detail, " (no failure: allow-special-addresses makes it a lab)");
	return REPORT_WARN;
}

static enum report_result judge_absent(const struct delegation *d, struct buf *detail)
{
	if (d->rcode == DNS_RCODE_OK || d->rcode == DNS_RCODE_NXDOMAIN)
		buf_adds(detail, "not delegated: nobody names its name servers");
	else
		buf_addf(detail,
			 "a resolver answers %s: most likely the parent zone names servers "
			 "that do not serve it",
			 dns_rcode_name(d->rcode));
	if (d->wanted->n > 0) {
		buf_adds(detail, "; the parent zone needs NS records for it: ");
		add_names(detail, d->wanted, NULL);
	}
	return delegation_fail(d, detail);
}

static enum report_result judge_found(const struct delegation *d, struct buf *detail)
{
	struct buf missing, surplus;
	size_t n_missing, n_surplus;
	enum report_result result = REPORT_OK;

	buf_init(&missing, REPORT_DETAIL_MAX);
	buf_init(&surplus, REPORT_DETAIL_MAX);
	n_missing = add_names(&missing, d->wanted, d->found);
	n_surplus = add_names(&surplus, d->found, d->wanted);
	if (n_missing == d->wanted->n) {
		buf_adds(detail, ", none of which is the zone's: ");
		buf_adds(detail, buf_str(&missing));
		result = delegation_fail(d, detail);
	} else if (n_missing + n_surplus > 0) {
		buf_addf(detail, "%s%s%s%s", n_missing > 0 ? "; missing: " : "", buf_str(&missing),
			 n_surplus > 0 ? "; not the zone's: " : "", buf_str(&surplus));
		result = REPORT_WARN;
	}
	buf_fini(&missing);
	buf_fini(&surplus);
	return result;
}

enum report_result delegation_judge(const struct delegation *d, struct buf *detail)
{
	if (d->err != 0) {
		buf_addf(detail, "not known: no resolver answers (%s)", d->why);
		return REPORT_WARN;
	}
	if (d->found->n == 0)
		return judge_absent(d, detail);
	buf_adds(detail, "delegated to ");
	add_names(detail, d->found, NULL);
	if (d->wanted->n > 0)
		return judge_found(d, detail);
	buf_adds(detail, "; whether these are the zone's is not known");
	return REPORT_WARN;
}

enum server_state server_judge(const struct dns_reply *reply)
{
	return reply->rcode == DNS_RCODE_OK && reply->is_authoritative && reply->has_soa
		       ? SERVER_GOOD
		       : SERVER_LAME;
}

/* Amazon's servers that do not answer are no failure: the cause is more likely a firewall here. */
static bool is_failure(const struct servers *s)
{
	return s->n[SERVER_GOOD] == 0 && !s->is_lab &&
	       (s->is_builtin || s->n[SERVER_LAME] > 0 || s->n[SERVER_SILENT] == 0);
}

enum report_result servers_judge(const struct servers *s, struct buf *detail)
{
	unsigned n_bad = s->n[SERVER_UNKNOWN] + s->n[SERVER_SILENT] + s->n[SERVER_LAME];

	buf_addf(detail, "%u of %u answer with authority", s->n[SERVER_GOOD],
		 s->n[SERVER_GOOD] + n_bad);
	if (n_bad == 0)
		return REPORT_OK;
	buf_addf(detail, "; %s", s->first_bad);
	if (s->n[SERVER_GOOD] + s->n[SERVER_LAME] == 0 && s->n[SERVER_SILENT] > 0)
		buf_adds(detail, s->is_builtin ? "; is mooringd running, and port 53 open?"
					       : "; a firewall may block port 53 from here");
	return is_failure(s) ? REPORT_FAIL : REPORT_WARN;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_accounts.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/claim_pairs.h"
#include "ctl/doctor_claims.h"
#include "ctl/secret_need.h"
#include "ctl/shared.h"

enum report_result doctor_result_of(int err)
{
	return err == ERR_THROTTLED || err == ERR_LIMIT ? REPORT_WARN : REPORT_FAIL;
}

/* So many are named; the others are counted. */
enum { MALFORMED_SHOWN = 10, LOST_SHOWN = 10, LOST_TEXT_MAX = LOST_SHOWN * (ACCOUNT_USER_MAX + 2) };

struct census {
	const struct conf *conf;
	size_t n_accounts;
	const struct peppers *peppers;
	size_t n_of[SECRET_NEEDS]; /* secrets, by what they lack */
	char lost[LOST_TEXT_MAX];  /* logins whose pepper is lost, the first ones */
	size_t n_outside;
	struct fqdn outside;		   /* the first */
	size_t n_elsewhere;		   /* published to another hosted zone */
	char elsewhere[HOST_ZONE_MAX + 1]; /* of the first */
	struct shared shared;
	size_t n_ignored;
	char ignored[ERR_TEXT_MAX]; /* why, of the first */
	struct claim_pairs *pairs;  /* of a store with claims */
	size_t n_malformed;
	char malformed[MALFORMED_SHOWN][ERR_TEXT_MAX];
};

static void count_flaws(struct census *c, const struct account *a)
{
	if ((a->flaws & ACCOUNT_MALFORMED) == 0) {
		if (a->flaws != 0 && c->n_ignored++ == 0)
			str_copy(c->ignored, sizeof(c->ignored), slice_of(a->flaw_text));
		return;
	}
	if (c->n_malformed < MALFORMED_SHOWN)
		str_copy(c->malformed[c->n_malformed], ERR_TEXT_MAX, slice_of(a->flaw_text));
	c->n_malformed++;
}

static void count_host(struct census *c, const struct account_host *host)
{
	const struct conf_zone *zone = conf_find_zone(c->conf, &host->name);

	if (zone == NULL) {
		if (c->n_outside++ == 0)
			c->outside = host->name;
	} else if (zone->publisher == CONF_PUBLISHER_ROUTE53 && host->state.zone[0] != '\0' &&
		   strcmp(host->state.zone, zone->hosted_zone_id) != 0 && c->n_elsewhere++ == 0) {
		str_copy(c->elsewhere, sizeof(c->elsewhere), slice_of(host->state.zone));
	}
}

static void count_secret(struct census *c, const struct account *a)
{
	enum secret_need need = secret_need_of(a, c->peppers);
	size_t len = strlen(c->lost);

	if (need == SECRET_OF_LOST_PEPPER && c->n_of[need] < LOST_SHOWN)
		snprintf(c->lost + len, sizeof(c->lost) - len, "%s%s", len > 0 ? ", " : "",
			 a->user);
	c->n_of[need]++;
}

static void doctor_accounts_count(void *arg, const struct account *a)
{
	struct census *c = arg;
	size_t i;

	c->n_accounts++;
	count_flaws(c, a);
	count_secret(c, a);
	shared_count(&c->shared, a);
	for (i = 0; i < a->n_hosts; i++)
		count_host(c, &a->hosts[i]);
	if (c->pairs != NULL)
		claim_pairs_add_account(c->pairs, a);
}

static void doctor_accounts_claim(void *arg, const struct fqdn *name,
				  const struct store_owners *owners)
{
	struct census *c = arg;

	claim_pairs_add_claim(c->pairs, name, owners);
}

static int read_accounts(struct doctor *d, struct census *c, struct errinfo *ei)
{
	if (!store_has_claims(d->s.backends.store))
		return session_list(&d->s, doctor_accounts_count, c, ei);
	if (claim_pairs_new(&c->pairs) != 0)
		return err_set(ei, ERR_NOMEM, "out of memory");
	return session_list_claims(&d->s, doctor_accounts_count, doctor_accounts_claim, c, ei);
}

static void doctor_accounts_find_shared(void *arg, const struct account *a)
{
	struct census *c = arg;

	shared_find(&c->shared, a);
}

/* Those that serve nobody until somebody mends them. */
static void add_malformed(const struct census *c, struct buf *detail)
{
	size_t i, shown = c->n_malformed < MALFORMED_SHOWN ? c->n_malformed : MALFORMED_SHOWN;

	if (c->n_malformed == 0)
		return;
	buf_addf(detail,
		 "; %zu serve%s nobody (\"mooringctl user show\", \"user passwd\", "
		 "\"host add\", \"user remove\"): ",
		 c->n_malformed, c->n_malformed == 1 ? "s" : "");
	for (i = 0; i < shown; i++)
		buf_addf(detail, "%s%s", i > 0 ? "; " : "", c->malformed[i]);
	if (c->n_malformed > shown)
		buf_addf(detail, "; and %zu more (\"mooringctl user list\")",
			 c->n_malformed - shown);
}

static void add_secrets(const struct census *c, struct buf *detail)
{
	const size_t lost = c->n_of[SECRET_OF_LOST_PEPPER];

	if (lost > 0)
		buf_addf(detail,
			 "; %zu whose pepper is not in pepper-file, which get 911 (put it back, or "
			 "\"mooringctl user passwd\"): %s%s",
			 lost, c->lost, lost > LOST_SHOWN ? ", ..." : "");
	if (c->n_of[SECRET_IS_CLEAR] > 0)
		buf_addf(detail,
			 "; %zu with a secret in clear text (\"mooringctl user passwd\" gives a "
			 "new one, \"mooringctl user rehash\" makes a hash of it)",
			 c->n_of[SECRET_IS_CLEAR]);
	if (c->n_of[SECRET_OF_OLD_PEPPER] > 0)
		buf_addf(detail,
			 "; %zu with an older pepper (\"mooringctl user passwd\" gives a new "
			 "secret, with the newest)",
			 c->n_of[SECRET_OF_OLD_PEPPER]);
	if (c->n_of[SECRET_WITHOUT_PEPPER] > 0)
		buf_addf(detail, "; %zu with a hash without pepper",
			 c->n_of[SECRET_WITHOUT_PEPPER]);
}

static enum report_result judge_accounts(const struct census *c)
{
	if (c->n_malformed + c->n_of[SECRET_OF_LOST_PEPPER] > 0)
		return REPORT_FAIL;
	return c->n_of[SECRET_IS_CLEAR] + c->n_of[SECRET_OF_OLD_PEPPER] + c->n_outside +
				       c->n_ignored + c->n_elsewhere + c->shared.n_shared >
			       0
		       ? REPORT_WARN
		       : REPORT_OK;
}

void doctor_check_accounts(struct doctor *d)
{
	struct census c = {.conf = d->s.conf};
	struct errinfo ei = ERRINFO_INIT;
	struct buf detail;
	int err;

	/* Trouble with them was told before. */
	session_peppers(&d->s, &c.peppers, NULL);
	shared_init(&c.shared);
	err = read_accounts(d, &c, &ei);
	if (err == 0 && shared_judge(&c.shared) > 0)
		err = session_list(&d->s, doctor_accounts_find_shared, &c, &ei);
	shared_fini(&c.shared);
	if (err != 0) {
		report_add(&d->report, doctor_result_of(err), "accounts", "%s", ei.text);
		claim_pairs_free(c.pairs);
		return;
	}
	d->n_accounts = c.n_accounts;
	buf_init(&detail, REPORT_DETAIL_MAX);
	buf_addf(&detail, "%zu account%s", c.n_accounts, c.n_accounts == 1 ? "" : "s");
	add_malformed(&c, &detail);
	add_secrets(&c, &detail);
	shared_print(&c.shared, &detail);
	if (c.n_elsewhere > 0)
		buf_addf(&detail,
			 "; %zu host%s published to another hosted zone, %s%s, which the daemon "
			 "publishes anew when it starts",
			 c.n_elsewhere, c.n_elsewhere == 1 ? "" : "s",
			 c.n_elsewhere == 1 ? "" : "the first to ", c.elsewhere);
	if (c.n_outside > 0)
		buf_addf(&detail, "; %zu host%s outside every zone, %s%s", c.n_outside,
			 c.n_outside == 1 ? "" : "s", c.n_outside == 1 ? "" : "the first ",
			 c.outside.text);
	if (c.n_ignored > 0)
		buf_addf(&detail, "; %zu with an attribute that is ignored, %s%s", c.n_ignored,
			 c.n_ignored == 1 ? "" : "the first: ", c.ignored);
	report_add(&d->report, judge_accounts(&c), "accounts", "%s", buf_str(&detail));
	buf_fini(&detail);
	if (c.pairs != NULL)
		doctor_report_claims(d, c.pairs);
	claim_pairs_free(c.pairs);
}

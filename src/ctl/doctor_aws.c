/* SPDX-License-Identifier: BSD-2-Clause
 * The credentials, the clock and the table. */
#include "ctl/doctor_aws.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/client.h"
#include "aws/aws_dynamodb.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/doctor_limits.h"
#include "ctl/policy.h"
#include "ctl/claim_pairs.h"
#include "ctl/doctor_claims.h"
#include "ctl/secret_need.h"
#include "ctl/shared.h"

/* AWS refuses signatures that are five minutes off. */
enum { CLOCK_WARN_S = 60, CLOCK_FAIL_S = AWS_SKEW_MIN_S };

/* ---- asking ---- */

enum report_result doctor_result_of(int err)
{
	return err == ERR_THROTTLED || err == ERR_LIMIT ? REPORT_WARN : REPORT_FAIL;
}

/* Whether the service answered, so that further questions to it are worth while. */
static bool goes_on(const struct doctor_call *call)
{
	return call->was_asked &&
	       (call->err == 0 || call->err == ERR_DENIED || call->err == ERR_THROTTLED);
}

static void ask_table(struct doctor *d)
{
	size_t p;

	doctor_call_table(&d->s, PERMISSION_GET_ITEM, &d->table[PERMISSION_GET_ITEM]);
	for (p = PERMISSION_SCAN; p < PERMISSIONS_OF_TABLE; p++)
		if (goes_on(&d->table[PERMISSION_GET_ITEM]))
			doctor_call_table(&d->s, (enum permission)p, &d->table[p]);
}

static void ask_zone(struct doctor *d, size_t i)
{
	const struct backend_zone *zone = &d->s.backends.zones[i];
	struct doctor_zone *z = &d->zones[i];
	const struct doctor_call *first = &z->calls[PERMISSION_CHANGE];

	doctor_call_change(&d->s, zone, &z->calls[PERMISSION_CHANGE]);
	if (!goes_on(first) && first->err != ERR_REFUSED)
		return;
	doctor_call_zone(&d->s, zone, &z->found, &z->calls[PERMISSION_GET_ZONE]);
	doctor_call_list(&d->s, zone, &z->calls[PERMISSION_LIST]);
	doctor_call_get_change(&d->s, zone, &z->calls[PERMISSION_GET_CHANGE]);
}

/* The client of the first Route 53 zone; NULL without one. */
static const struct aws_route53 *any_route53(const struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->s.backends.n_zones; i++)
		if (d->s.backends.zones[i].route53 != NULL)
			return d->s.backends.zones[i].route53;
	return NULL;
}

static void ask_caller(struct doctor *d)
{
	const struct aws_dynamodb *db = d->s.backends.dynamodb;
	const struct aws_route53 *r = any_route53(d);
	const char *region = db != NULL ? aws_dynamodb_region(db) : "";

	doctor_call_caller(&d->s, region[0] != '\0' ? region : NULL,
			   r != NULL ? aws_route53_region(r) : NULL, &d->caller, &d->who);
}

int doctor_ask_identity(struct doctor *d)
{
	int err = doctor_call_credentials(&d->s, &d->creds, &d->creds_why);

	if (err == 0)
		ask_caller(d);
	return err;
}

static void ask_all(struct doctor *d)
{
	size_t i;

	if (doctor_ask_identity(d) != 0)
		return;
	if (d->s.backends.store != NULL && d->s.backends.dynamodb != NULL)
		ask_table(d);
	for (i = 0; i < d->s.backends.n_zones; i++)
		if (d->s.backends.zones[i].route53 != NULL)
			ask_zone(d, i);
}

/* ---- whose keys, and what time it is ---- */

/* Whether a service other than STS has taken the signature. */
static bool is_accepted_elsewhere(const struct doctor *d)
{
	const struct doctor_call *first = &d->table[PERMISSION_GET_ITEM];
	size_t i;

	if (first->was_asked && permission_is_signed_in(first->err))
		return true;
	for (i = 0; i < d->s.backends.n_zones; i++) {
		first = &d->zones[i].calls[PERMISSION_CHANGE];
		if (first->was_asked && permission_is_signed_in(first->err))
			return true;
	}
	return false;
}

static const char *format_end(const struct aws_credentials *creds, char out[48])
{
	time_t end = (time_t)creds->expires_s;
	struct tm tm;

	if (end == 0)
		return "";
	if (gmtime_r(&end, &tm) == NULL ||
	    strftime(out, 48, ", until %Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return ", until nobody knows when";
	return out;
}

static void report_credentials(struct doctor *d)
{
	char end[48], arn[AWS_ARN_SIZE];
	const char *until;

	if (d->creds == NULL) {
		report_add(&d->report, REPORT_FAIL, "credentials", "%s", d->creds_why.text);
		return;
	}
	until = format_end(d->creds, end);
	if (d->who.err == 0)
		report_add(&d->report, REPORT_OK, "credentials",
			   "key %s from %s is %s of account %s%s", d->creds->key_id,
			   d->creds->origin,
			   str_printable(arn, sizeof(arn), slice_of(d->caller.arn)),
			   d->caller.account, until);
	else if (is_accepted_elsewhere(d))
		report_add(&d->report, REPORT_WARN, "credentials",
			   "key %s from %s is accepted%s; whose it is was not told: %s",
			   d->creds->key_id, d->creds->origin, until, d->who.text);
	else
		report_add(&d->report, REPORT_FAIL, "credentials",
			   "no service has accepted key %s from %s: %s", d->creds->key_id,
			   d->creds->origin, d->who.text);
}

static void report_clock(struct doctor *d)
{
	enum report_result result = REPORT_OK;
	int64_t gap_s, size_s;

	if (!aws_client_clock_gap(d->s.backends.aws, &gap_s)) {
		report_add(&d->report, REPORT_WARN, "clock",
			   "not compared: no reply told the time");
		return;
	}
	size_s = gap_s < 0 ? -gap_s : gap_s;
	if (size_s >= CLOCK_FAIL_S)
		result = REPORT_FAIL;
	else if (size_s >= CLOCK_WARN_S)
		result = REPORT_WARN;
	report_add(&d->report, result, "clock", "%" PRId64 " second%s %s the clock of AWS%s",
		   size_s, size_s == 1 ? "" : "s", gap_s < 0 ? "ahead of" : "behind",
		   result == REPORT_OK ? ""
				       : ": set it right, signatures that are 300 off are refused");
}

void doctor_check_aws(struct doctor *d)
{
	ask_all(d);
	report_credentials(d);
	report_clock(d);
}

/* ---- permissions ---- */

const char *doctor_partition(const struct doctor *d)
{
	const struct aws_dynamodb *db = d->s.backends.dynamodb;
	const struct aws_route53 *r = any_route53(d);

	if (db == NULL && r == NULL)
		return "";
	return aws_partition_name(
		slice_of(db != NULL ? aws_dynamodb_region(db) : aws_route53_region(r)));
}

static void format_resource(const struct doctor *d, enum permission p,
			    const struct backend_zone *zone, char out[POLICY_ARN_SIZE])
{
	if (p <= PERMISSION_DELETE_ITEM)
		policy_table_arn(out, doctor_partition(d),
				 aws_dynamodb_region(d->s.backends.dynamodb), d->caller.account,
				 d->s.conf->store.table);
	else if (p == PERMISSION_GET_CHANGE)
		policy_changes_arn(out, doctor_partition(d));
	else
		policy_zone_arn(out, doctor_partition(d), zone->conf->hosted_zone_id);
}

static bool has_builtin_zone(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_zones; i++)
		if (conf->zones[i].publisher == CONF_PUBLISHER_BUILTIN)
			return true;
	return false;
}

void doctor_report_permission(struct doctor *d, enum permission p, const struct doctor_call *call,
			      const struct backend_zone *zone)
{
	const struct permission_info *info = permission_info(p);
	/* A builtin zone is loaded by listing the whole store. */
	bool is_filling = p == PERMISSION_SCAN && has_builtin_zone(d->s.conf);
	bool is_required = info->is_required || is_filling;
	char check[FQDN_TEXT_MAX + 64], resource[POLICY_ARN_SIZE];

	snprintf(check, sizeof(check), "%s%s%s", info->action, zone != NULL ? " " : "",
		 zone != NULL ? zone->conf->name.text : "");
	switch (permission_judge(p, call->err, call->code)) {
	case PERMISSION_GIVEN:
		if (info->proof != NULL && call->err == 0)
			report_add(&d->report, REPORT_WARN, check,
				   "allowed, but what answers has accepted what AWS refuses");
		else
			report_add(&d->report, REPORT_OK, check, "allowed");
		break;
	case PERMISSION_MISSING:
		report_add(&d->report, is_required ? REPORT_FAIL : REPORT_WARN, check, "denied: %s",
			   is_filling ? "the builtin zone cannot be filled" : info->lost);
		format_resource(d, p, zone, resource);
		policy_allow(is_required ? d->required : d->optional, info->action, resource);
		break;
	case PERMISSION_UNKNOWN:
		report_add(&d->report, is_required ? doctor_result_of(call->err) : REPORT_WARN,
			   check, "not proven: %s", call->text);
		break;
	}
}

/* ---- the table ---- */

static void report_table(struct doctor *d)
{
	const char *table = d->s.conf->store.table;
	const char *region = aws_dynamodb_region(d->s.backends.dynamodb);
	const struct doctor_call *get = &d->table[PERMISSION_GET_ITEM];

	if (!get->was_asked)
		report_add(&d->report, REPORT_WARN, "table", "not asked: there are no credentials");
	else if (get->err == 0)
		report_add(&d->report, REPORT_OK, "table", "%s in %s has the key \"user\"", table,
			   region);
	else if (get->err == ERR_DENIED)
		report_add(&d->report, REPORT_WARN, "table",
			   "not proven: %s in %s may not be read with GetItem", table, region);
	else if (get->err == ERR_NOTFOUND)
		report_add(&d->report, REPORT_FAIL, "table", "there is no table %s in %s", table,
			   region);
	else if (strcmp(get->code, "ValidationException") == 0)
		report_add(&d->report, REPORT_FAIL, "table",
			   "the key of %s in %s must be \"user\" alone, a string: %s", table,
			   region, get->message);
	else
		report_add(&d->report, doctor_result_of(get->err), "table", "%s", get->text);
}

void doctor_check_table(struct doctor *d)
{
	const struct doctor_call *scan = &d->table[PERMISSION_SCAN];
	size_t p;

	report_table(d);
	if (!goes_on(&d->table[PERMISSION_GET_ITEM]))
		return;
	for (p = 0; p < PERMISSIONS_OF_TABLE; p++)
		doctor_report_permission(d, (enum permission)p, &d->table[p], NULL);
	if (scan->was_asked && scan->err == 0)
		doctor_check_accounts(d);
	if (d->table[PERMISSION_GET_ITEM].err == 0 ||
	    d->table[PERMISSION_GET_ITEM].err == ERR_DENIED)
		doctor_check_limits_of_table(d);
}

/* ---- accounts ---- */

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

static void doctor_aws_count(void *arg, const struct account *a)
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

static void doctor_aws_claim(void *arg, const struct fqdn *name, const struct store_owners *owners)
{
	struct census *c = arg;

	claim_pairs_add_claim(c->pairs, name, owners);
}

static int read_accounts(struct doctor *d, struct census *c, struct errinfo *ei)
{
	if (!store_has_claims(d->s.backends.store))
		return session_list(&d->s, doctor_aws_count, c, ei);
	if (claim_pairs_new(&c->pairs) != 0)
		return err_set(ei, ERR_NOMEM, "out of memory");
	return session_list_claims(&d->s, doctor_aws_count, doctor_aws_claim, c, ei);
}

static void doctor_aws_find_shared(void *arg, const struct account *a)
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
		err = session_list(&d->s, doctor_aws_find_shared, &c, &ei);
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

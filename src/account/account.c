/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/account.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/hash_cost.h"
#include "account/secret.h"
#include "account/text.h"

int account_check_user(struct slice user, struct errinfo *ei)
{
	if (user.len == 0)
		return err_set(ei, ERR_INVAL, "the login is empty");
	if (user.len > ACCOUNT_USER_MAX)
		return err_set(ei, ERR_INVAL, "the login is longer than %d bytes",
			       ACCOUNT_USER_MAX);
	if (memchr(user.p, ':', user.len) != NULL)
		return err_set(ei, ERR_INVAL, "the login holds a ':'");
	if (!text_is_printable(user))
		return err_set(ei, ERR_INVAL, "the login is not printable UTF-8");
	return 0;
}

int account_new(struct slice user, struct account **ret, struct errinfo *ei)
{
	struct account *a;
	int err = account_check_user(user, ei);

	if (err != 0)
		return err;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	str_copy(a->user, sizeof(a->user), user);
	*ret = a;
	return 0;
}

void account_free(struct account *a)
{
	if (a == NULL)
		return;
	str_free_secret(a->secret);
	free(a->hosts);
	free(a->flaw_text);
	if (a->rest != NULL)
		a->rest->free(a->rest);
	free(a);
}

static int account_copy_hosts(const struct account *a, struct account *copy)
{
	if (a->n_hosts == 0)
		return 0;
	copy->hosts = calloc(a->n_hosts, sizeof(*copy->hosts));
	if (copy->hosts == NULL)
		return ERR_NOMEM;
	copy->n_hosts = a->n_hosts;
	memcpy(copy->hosts, a->hosts, a->n_hosts * sizeof(*copy->hosts));
	return 0;
}

/* Without its hosts. */
static struct account *account_copy_head(const struct account *a)
{
	struct account *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *a;
	copy->secret = NULL;
	copy->hosts = NULL;
	copy->n_hosts = 0;
	copy->flaw_text = NULL;
	copy->rest = NULL;
	if ((a->flaw_text != NULL && (copy->flaw_text = strdup(a->flaw_text)) == NULL) ||
	    (a->secret != NULL && (copy->secret = strdup(a->secret)) == NULL)) {
		account_free(copy);
		return NULL;
	}
	return copy;
}

int account_copy(const struct account *a, struct account **ret)
{
	struct account *copy = account_copy_head(a);

	if (copy == NULL)
		return ERR_NOMEM;
	if (account_copy_hosts(a, copy) != 0) {
		account_free(copy);
		return ERR_NOMEM;
	}
	*ret = copy;
	return 0;
}

int account_copy_credential(const struct account *a, struct account **ret)
{
	struct account *copy = account_copy_head(a);

	if (copy == NULL)
		return ERR_NOMEM;
	copy->is_partial = true;
	*ret = copy;
	return 0;
}

/* The sentences never show the secret. */
static int check_secret(struct slice stored, const char *text, struct errinfo *ei)
{
	enum secret_kind kind;
	unsigned cost_ms;

	if (stored.len == 0)
		return err_set(ei, ERR_INVAL, "the secret is empty");
	if (stored.len > ACCOUNT_SECRET_MAX)
		return err_set(ei, ERR_INVAL, "the secret is longer than %d bytes",
			       ACCOUNT_SECRET_MAX);
	if (!text_is_printable(stored))
		return err_set(ei, ERR_INVAL, "the secret is not printable UTF-8");
	if (secret_kind(text, &kind) != 0)
		return err_set(ei, ERR_INVAL,
			       "the secret looks like a hash, but is none that can be checked");
	cost_ms = kind == SECRET_CRYPT ? hash_cost_ms(secret_unpepper(text, NULL)) : 0;
	if (cost_ms > HASH_COST_MAX_MS)
		return err_set(ei, ERR_INVAL,
			       "a check of the hash would take %u ms here, more than %d", cost_ms,
			       HASH_COST_MAX_MS);
	return 0;
}

int account_set_secret(struct account *a, struct slice stored, struct errinfo *ei)
{
	char *copy = stored.len > 0 ? strndup(stored.p, stored.len) : strdup("");
	int err;

	if (copy == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	err = check_secret(stored, copy, ei);
	if (err != 0) {
		str_free_secret(copy);
		return err;
	}
	str_free_secret(a->secret);
	a->secret = copy;
	account_mend(a, ACCOUNT_FLAW_SECRET);
	return 0;
}

int account_set_ttl(struct account *a, struct slice decimal, struct errinfo *ei)
{
	uint64_t ttl;

	if (str_parse_uint(decimal, ACCOUNT_TTL_MAX, &ttl) != 0)
		return err_set(ei, ERR_INVAL, "the ttl is not a whole number from 0 to %d",
			       ACCOUNT_TTL_MAX);
	a->ttl = (uint32_t)ttl;
	account_mend(a, ACCOUNT_FLAW_TTL);
	return 0;
}

int account_add_host(struct account *a, struct slice name, const struct fqdn *zone,
		     struct account_host **ret, struct errinfo *ei)
{
	char shown[FQDN_TEXT_MAX + 4];
	struct account_host *hosts;
	struct fqdn fqdn = {0};
	int err = fqdn_complete(name, zone, &fqdn);

	if (err == ERR_NOMEM)
		return err_set(ei, err, "%s", err_str(err));
	if (err != 0)
		return err_set(ei, err, "\"%s\" is not a host name",
			       str_printable(shown, sizeof(shown), name));
	if (account_find_host(a, &fqdn) != NULL)
		return err_set(ei, ERR_EXISTS, "the account has %s already", fqdn.text);
	if (a->n_hosts >= ACCOUNT_HOSTS_MAX)
		return err_set(ei, ERR_LIMIT,
			       "the account has %d host names, the most there can be",
			       ACCOUNT_HOSTS_MAX);
	hosts = realloc(a->hosts, (a->n_hosts + 1) * sizeof(*hosts));
	if (hosts == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	a->hosts = hosts;
	memset(&hosts[a->n_hosts], 0, sizeof(*hosts));
	hosts[a->n_hosts].name = fqdn;
	if (ret != NULL)
		*ret = &hosts[a->n_hosts];
	a->n_hosts++;
	return 0;
}

size_t account_interface_ids(const struct account *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->n_hosts; i++)
		n += interface_id_is_set(&a->hosts[i].interface_id);
	return n;
}

int account_set_interface_id(struct account *a, struct account_host *host,
			     const struct interface_id *id, struct errinfo *ei)
{
	if (!interface_id_is_set(&host->interface_id) &&
	    account_interface_ids(a) >= ACCOUNT_INTERFACE_IDS_MAX)
		return err_set(
			ei, ERR_LIMIT,
			"%d hosts of the account have an interface id, the most there can be",
			ACCOUNT_INTERFACE_IDS_MAX);
	host->interface_id = *id;
	return 0;
}

bool host_state_is_over(const struct host_state *s)
{
	return s->over != 0 && s->over == s->seq;
}

void host_state_set_moments(struct host_state *s, int64_t wanted_ms, int64_t since_ms)
{
	const bool is_known = wanted_ms > 0 && wanted_ms <= HOST_WANTED_MAX;

	s->wanted_ms = is_known ? wanted_ms : 0;
	s->since_ms = is_known && since_ms > 0 && since_ms < wanted_ms ? since_ms : s->wanted_ms;
}

struct addr_pair host_state_gone(const struct host_state *s)
{
	struct addr_pair gone = {{0}, {0}};

	if (s->pub >= s->seq)
		return gone;
	if (!addr_is_set(&s->want.v4))
		gone.v4 = s->gone.v4;
	if (!addr_is_set(&s->want.v6))
		gone.v6 = s->gone.v6;
	return gone;
}

struct account_host *account_find_host(const struct account *a, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (fqdn_equal(&a->hosts[i].name, name))
			return &a->hosts[i];
	return NULL;
}

bool account_may_have_host(const struct account *a, const struct fqdn *name)
{
	return (a->flaws & ACCOUNT_FLAW_HOSTS) != 0 || account_find_host(a, name) != NULL;
}

int account_add_flaw(struct account *a, enum account_flaw flaw, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (a->flaw_text == NULL)
		a->flaw_text = strdup(text);
	/* Nobody who compares secrets has to ask whether there is one. */
	if (a->secret == NULL && flaw == ACCOUNT_FLAW_SECRET)
		a->secret = strdup("");
	if (a->flaw_text == NULL || (a->secret == NULL && flaw == ACCOUNT_FLAW_SECRET))
		return ERR_NOMEM;
	a->flaws |= flaw;
	return 0;
}

void account_mend(struct account *a, enum account_flaw flaw)
{
	a->flaws &= ~(unsigned)flaw;
	if (a->flaws != 0)
		return;
	free(a->flaw_text);
	a->flaw_text = NULL;
}

bool account_drop_host(struct account *a, const struct fqdn *name)
{
	struct account_host *h = account_find_host(a, name);
	size_t behind;

	if (h == NULL)
		return false;
	behind = a->n_hosts - (size_t)(h - a->hosts) - 1;
	memmove(h, h + 1, behind * sizeof(*h));
	a->n_hosts--;
	return true;
}

static const struct {
	enum account_quirk quirk;
	const char *name;
} quirks[] = {
	{ACCOUNT_NOCHG_AS_GOOD, "nochg-as-good"}, {ACCOUNT_ERRORS_AS_4XX, "errors-as-4xx"},
	{ACCOUNT_ONE_LINE, "one-line"},		  {ACCOUNT_ANY_HOSTNAME, "any-hostname"},
	{ACCOUNT_MAY_CLEAR, "may-clear"},
};

unsigned account_quirk_parse(struct slice word)
{
	size_t i;

	for (i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (slice_eq(word, quirks[i].name))
			return quirks[i].quirk;
	return 0;
}

const char *account_quirk_name(enum account_quirk q)
{
	size_t i;

	for (i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (quirks[i].quirk == q)
			return quirks[i].name;
	return "unknown";
}

unsigned account_quirk_at(size_t i)
{
	return i < sizeof(quirks) / sizeof(quirks[0]) ? quirks[i].quirk : 0;
}

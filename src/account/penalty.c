/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/penalty.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/decay.h"
#include "base/err.h"
#include "net/hash.h"
#include "net/prefix.h"

struct penalties {
	struct penalty_conf conf;
	uint64_t key[2];
	/* More than that of penalties, and the brake holds. */
	int64_t client_free_ms, login_free_ms;
	struct decay *clients;
	struct decay *logins;
	struct decay *known; /* clients at a login whose password they had right */
};

/* So many failures are free, or half of the highest penalty where that is less. */
static int64_t penalty_free_ms(const struct penalty_conf *c, int64_t failures)
{
	const int64_t free_ms = (failures - 1) * c->failure_ms;

	return free_ms < c->max_ms / 2 ? free_ms : c->max_ms / 2;
}

int penalties_new(const struct penalty_conf *conf, const uint64_t key[2], struct penalties **ret)
{
	struct penalties *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->conf = *conf;
	p->key[0] = key[0];
	p->key[1] = key[1];
	p->client_free_ms = penalty_free_ms(conf, PENALTY_CLIENT_FAILURES);
	p->login_free_ms = penalty_free_ms(conf, PENALTY_LOGIN_FAILURES);
	if (decay_new(PENALTY_CLIENTS, METRIC_PENALTIES_EVICTED, &p->clients) != 0 ||
	    decay_new(PENALTY_LOGINS, METRIC_PENALTIES_EVICTED, &p->logins) != 0 ||
	    decay_new(PENALTY_LOGINS, METRIC_PENALTIES_EVICTED, &p->known) != 0) {
		penalties_free(p);
		return ERR_NOMEM;
	}
	*ret = p;
	return 0;
}

void penalties_free(struct penalties *p)
{
	if (p == NULL)
		return;
	decay_free(p->clients);
	decay_free(p->logins);
	decay_free(p->known);
	free(p);
}

static bool penalties_are_off(const struct penalties *p)
{
	return p->conf.failure_ms == 0 || p->conf.max_ms == 0;
}

static void penalty_name(const struct penalties *p, const struct addr *client, const char *user,
			 struct penalty_view *v)
{
	const struct prefix prefix = prefix_of_client(client);
	const size_t len = strnlen(user, ACCOUNT_USER_MAX);
	unsigned char text[sizeof(v->client) + ACCOUNT_USER_MAX];

	v->client = prefix_hash(&prefix, p->key[0]);
	memcpy(text, &v->client, sizeof(v->client));
	memcpy(text + sizeof(v->client), user, len);
	v->login = hash_siphash(text, sizeof(v->client) + len, p->key[0], p->key[1]);
}

/* While a client is braked, one failure at a login is enough: it goes through a list of them. */
void penalties_look(const struct penalties *p, const struct addr *client, const char *user,
		    int64_t now_ms, struct penalty_view *ret)
{
	int64_t client_ms, login_ms;

	memset(ret, 0, sizeof(*ret));
	penalty_name(p, client, user, ret);
	if (penalties_are_off(p))
		return;
	ret->is_known = decay_left_ms(p->known, ret->login, now_ms) > 0;
	client_ms = decay_left_ms(p->clients, ret->client, now_ms) - p->client_free_ms;
	login_ms = decay_left_ms(p->logins, ret->login, now_ms);
	if (client_ms <= 0)
		login_ms -= p->login_free_ms;
	if (login_ms > 0)
		ret->brake = PENALTY_LOGIN;
	else if (client_ms > 0)
		ret->brake = PENALTY_CLIENT;
	ret->left_ms = client_ms > login_ms ? client_ms : login_ms;
	if (ret->left_ms < 0)
		ret->left_ms = 0;
}

void penalties_fail(struct penalties *p, const struct penalty_view *v, int64_t now_ms)
{
	if (penalties_are_off(p))
		return;
	decay_add(p->clients, v->client, p->conf.failure_ms, p->conf.max_ms, now_ms);
	decay_add(p->logins, v->login, p->conf.failure_ms, p->conf.max_ms, now_ms);
}

void penalties_know(struct penalties *p, const struct penalty_view *v, int64_t now_ms)
{
	if (!penalties_are_off(p))
		decay_add(p->known, v->login, PENALTY_KNOWN_MS, PENALTY_KNOWN_MS, now_ms);
}

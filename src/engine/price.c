/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/price.h"

#include <string.h>

#include "account/secret.h"
#include "base/err.h"
#include "base/str.h"

/* crypt(5): "$7$" has its cost in the 11 characters after that, one for N and five each for r and
 * p.
 */
enum { SCRYPT_COST_LEN = 11 };

/* Behind the n-th '$' of s, or all of it. */
static size_t behind_dollar(const char *s, size_t n)
{
	const char *p = s;

	for (; n > 0; n--) {
		p = strchr(p, '$');
		if (p == NULL)
			return strlen(s);
		p++;
	}
	return (size_t)(p - s);
}

size_t price_kind_len(const char *setting)
{
	/* Their cost stands between the second '$' and the third. */
	static const char *const with_cost[] = {"$y$",	"$gy$", "$2a$",	 "$2b$",
						"$2x$", "$2y$", "$sha1$"};
	static const char rounds[] = "rounds=";
	size_t i, method = behind_dollar(setting, 2), len = strlen(setting);

	for (i = 0; i < sizeof(with_cost) / sizeof(with_cost[0]); i++)
		if (strncmp(setting, with_cost[i], strlen(with_cost[i])) == 0)
			return behind_dollar(setting, 3);
	if (strncmp(setting, "$7$", 3) == 0)
		return len < method + SCRYPT_COST_LEN ? len : method + SCRYPT_COST_LEN;
	if (strncmp(setting + method, rounds, sizeof(rounds) - 1) == 0)
		return behind_dollar(setting, 3);
	return method;
}

int price_see(struct price *p, const char *stored, size_t *ret)
{
	const char *setting = secret_unpepper(stored, NULL);
	size_t i, len = price_kind_len(setting);
	char *copy;

	for (i = 0; i < p->n; i++)
		if (price_kind_len(p->settings[i]) == len &&
		    memcmp(p->settings[i], setting, len) == 0)
			break;
	if (i == p->n && p->n < PRICE_KINDS_MAX) {
		copy = strdup(setting);
		if (copy == NULL)
			return ERR_NOMEM;
		p->settings[p->n++] = copy;
	}
	*ret = i;
	return 0;
}

const char *price_next(const struct price *p, unsigned paid, size_t *ret)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if ((paid & 1U << i) != 0)
			continue;
		*ret = i;
		return p->settings[i];
	}
	return NULL;
}

void price_fini(struct price *p)
{
	while (p->n > 0)
		str_free_secret(p->settings[--p->n]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/agents.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "net/hash.h"
#include "net/pseudonym.h"

enum { AGENTS_COMMAND_MAX = 1024 };

struct agents {
	uint64_t seed;
	_Atomic long long next_log_ms;
	struct {
		uint64_t user; /* its hash */
		int64_t until_ms;
	} told[AGENTS_MAX];
};

/* A client is known by how its User-Agent begins. curl and wget are not among them: a script that
 * looks at the reply says no more than one that does not. */
static const struct {
	const char *agent, *client;
	unsigned need;
	unsigned need_if_several; /* of a reply of several lines */
} agents_clients[] = {
	{"OPNsense-dyndns", "OPNsense", ACCOUNT_ERRORS_AS_4XX, 0},
	{"uclient-fetch", "OpenWrt", ACCOUNT_ERRORS_AS_4XX, 0},
	{"ddns-go", "ddns-go", ACCOUNT_ERRORS_AS_4XX, 0},
	{"Go-http-client/", "ddns-go, or another one in Go", ACCOUNT_ERRORS_AS_4XX, 0},
	{"phpDynDNS/", "pfSense", ACCOUNT_NOCHG_AS_GOOD, ACCOUNT_ONE_LINE},
};

int agents_new(struct agents **ret)
{
	struct agents *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	rand_bytes(&a->seed, sizeof(a->seed));
	*ret = a;
	return 0;
}

void agents_free(struct agents *a)
{
	free(a);
}

unsigned agents_need(struct slice agent, size_t n_lines, const char **ret_client)
{
	size_t i, len;

	for (i = 0; i < sizeof(agents_clients) / sizeof(agents_clients[0]); i++) {
		len = strlen(agents_clients[i].agent);
		if (agent.len < len ||
		    !slice_eq_nocase((struct slice){agent.p, len}, agents_clients[i].agent))
			continue;
		if (ret_client != NULL)
			*ret_client = agents_clients[i].client;
		return agents_clients[i].need |
		       (n_lines > 1 ? agents_clients[i].need_if_several : 0);
	}
	return 0;
}

/* True, and remembered, when the log has not told of the account for a day. What was told longest
 * ago makes room. */
static bool agents_take(struct agents *a, const char *user, int64_t now_ms)
{
	const uint64_t hash = hash_bytes(user, strlen(user), a->seed);
	size_t i, at = 0;

	for (i = 0; i < AGENTS_MAX; i++) {
		if (a->told[i].user == hash && a->told[i].until_ms > now_ms)
			return false;
		if (a->told[i].until_ms < a->told[at].until_ms)
			at = i;
	}
	if (a->told[at].until_ms > now_ms || !log_may_repeat(&a->next_log_ms, now_ms))
		return false;
	a->told[at].user = hash;
	a->told[at].until_ms = now_ms + AGENTS_AGAIN_MS;
	return true;
}

static void put_command(struct buf *b, const char *user, unsigned lacking)
{
	unsigned quirk;
	size_t i;

	buf_adds(b, "mooringctl user set");
	for (i = 0; (quirk = account_quirk_at(i)) != 0; i++)
		if ((lacking & quirk) != 0)
			buf_addf(b, " --quirk %s", account_quirk_name(quirk));
	/* A login may look like an option. */
	buf_adds(b, user[0] == '-' ? " -- " : " ");
	/* Somebody will paste it there. */
	buf_add_shell_word(b, user);
}

void agents_see(struct agents *a, const char *user, unsigned quirks, struct slice agent,
		size_t n_lines)
{
	const char *client = "";
	const unsigned lacking = agents_need(agent, n_lines, &client) & ~quirks;
	char room[PSEUDONYM_LOGIN_MAX];
	const char *shown = pseudonym_login(user, room);
	struct buf command;

	if (lacking == 0 || !agents_take(a, user, clock_mono_ms()))
		return;
	metric_add(METRIC_QUIRK_HINTS, 1);
	buf_init(&command, AGENTS_COMMAND_MAX);
	put_command(&command, shown, lacking);
	log_event(LOG_LEVEL_INFO, "a client needs a quirk that its account lacks",
		  LOG_FIELDS(LOG_USER(user), log_str("client", client),
			     log_str("run", buf_str(&command))));
	buf_fini(&command);
}

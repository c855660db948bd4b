/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rrl.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "net/prefix.h"

/* The table has a fixed size, 4096 sets of four buckets. A flood of forged networks can replace
 * buckets, but not make it grow. */
enum { SETS = 4096, WAYS = 4 };
/* A bucket holds the tokens of two seconds, because resolvers ask in bursts. */
enum { BURST_S = 2, MILLI = 1000 };

struct bucket {
	struct prefix network; /* family ADDR_NONE: free */
	bool slipped;	       /* the last answer over the limit was RRL_SLIP */
	int64_t milli_tokens;
	int64_t last_ms;
};

struct rrl {
	int64_t rate; /* in tokens per second, which is milli-tokens per millisecond */
	uint64_t seed;
	struct bucket sets[SETS][WAYS];
};

int rrl_new(unsigned answers_per_second, uint64_t seed, struct rrl **ret)
{
	struct rrl *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->rate = answers_per_second;
	r->seed = seed;
	*ret = r;
	return 0;
}

void rrl_free(struct rrl *r)
{
	free(r);
}

static int64_t capacity(const struct rrl *r)
{
	return r->rate * BURST_S * MILLI;
}

static void refill(const struct rrl *r, struct bucket *b, int64_t now_ms)
{
	int64_t passed = now_ms - b->last_ms, full = capacity(r);

	b->last_ms = now_ms;
	if (passed >= BURST_S * MILLI)
		b->milli_tokens = full;
	else if (passed > 0)
		b->milli_tokens += passed * r->rate;
	if (b->milli_tokens > full)
		b->milli_tokens = full;
}

/* Returns the network's bucket. A new network takes over the bucket of its set that was idle for
 * longest. */
static struct bucket *rrl_find(struct rrl *r, const struct prefix *network, int64_t now_ms)
{
	struct bucket *set = r->sets[prefix_hash(network, r->seed) % SETS], *oldest = set;
	int i;

	for (i = 0; i < WAYS; i++) {
		if (prefix_equal(&set[i].network, network))
			return &set[i];
		if (!addr_is_set(&oldest->network.addr))
			continue;
		if (!addr_is_set(&set[i].network.addr) || set[i].last_ms < oldest->last_ms)
			oldest = &set[i];
	}
	*oldest = (struct bucket){
		.network = *network, .milli_tokens = capacity(r), .last_ms = now_ms};
	return oldest;
}

enum rrl_verdict rrl_check(struct rrl *r, const struct addr *client, int64_t now_ms)
{
	struct prefix network;
	struct bucket *b;

	if (r->rate == 0)
		return RRL_ANSWER;
	network = prefix_of_network(client);
	b = rrl_find(r, &network, now_ms);
	refill(r, b, now_ms);
	if (b->milli_tokens >= MILLI) {
		b->milli_tokens -= MILLI;
		return RRL_ANSWER;
	}
	b->slipped = !b->slipped;
	return b->slipped ? RRL_SLIP : RRL_DROP;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * A store in front of another one, which fails and delays calls as told. In the time of
 * kit/engine_kit.h. */
#ifndef MOORING_TESTS_KIT_FAULT_STORE_H
#define MOORING_TESTS_KIT_FAULT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum kit_verb { KIT_LOOKUP, KIT_INTEND, KIT_CONFIRM, KIT_LIST, KIT_VERSION, KIT_VERBS };

struct fault {
	unsigned n;	 /* so many calls */
	int err;	 /* fail with it; > 0: refuse to start with -err */
	bool is_applied; /* after having been carried out */
};

/* What the inner store has just carried out; borrowed. */
struct fault_stored {
	enum kit_verb verb;
	const struct store_intent *intents;
	size_t n_intents;
	const struct store_confirm *confirm;
	const struct account *account; /* that was looked up or listed; else NULL */
	int err;
};

struct fault_store {
	struct store store;
	struct store *inner; /* borrowed */
	struct store_ops ops;
	struct fault faults[KIT_VERBS];
	unsigned error_percent;	  /* of random trouble, applied or not */
	uint32_t max_delay_ms;	  /* of each way, random; answers overtake each other */
	int64_t list_delay_ms;	  /* a listing is told so long after it was read */
	int64_t intend_delay_ms;  /* an intent, after it was stored */
	int64_t confirm_delay_ms; /* a confirmation */
	uint64_t restores;	  /* added to the epoch of the store */
	unsigned n_calls[KIT_VERBS];
	void (*on_call)(void *arg, enum kit_verb verb); /* optional, before it is carried out */
	void *hook_arg;
	void (*on_stored)(void *arg, const struct fault_stored *what); /* optional */
	void *stored_arg;
};

struct fault_store *fault_store_new(struct store *inner);
void fault_store_free(struct fault_store *f);

#endif

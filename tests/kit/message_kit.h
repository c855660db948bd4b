/* SPDX-License-Identifier: BSD-2-Clause
 * A message that targets are told, and what came of it. One test program. */
#ifndef MOORING_TESTS_KIT_MESSAGE_KIT_H
#define MOORING_TESTS_KIT_MESSAGE_KIT_H

#include "notify/notify_target.h"

#define MESSAGE_KIT_ID	 "0123456789abcdef0123456789abcdef"
#define MESSAGE_KIT_JSON "{\"version\":1,\"type\":\"address-changed\"}"

static inline struct notify_message message_kit(void)
{
	return (struct notify_message){
		.id = MESSAGE_KIT_ID,
		.kind = "address-changed",
		.host = "home.example.com",
		.user = "router",
		.old = "192.0.2.1",
		.new = "192.0.2.2 2001:db8::2",
		.title = "home.example.com has a new address",
		.text = "home.example.com is at 192.0.2.2 and 2001:db8::2 now.",
		.json = MESSAGE_KIT_JSON,
		.at_s = 1614265330,
		.attempt = 1,
	};
}

/* What a target said; n_done counts. */
struct message_kit_end {
	unsigned n_done;
	int err;
	struct notify_answer answer;
};

static inline void message_kit_done(void *arg, int err, const struct notify_answer *answer)
{
	struct message_kit_end *end = arg;

	end->n_done++;
	end->err = err;
	end->answer = *answer;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * URLs that are asked after an accepted update of a host, for services that tell when this stays
 * away. Nothing is kept or repeated: the next update asks again. Core thread. */
#ifndef MOORING_NOTIFY_HEARTBEAT_H
#define MOORING_NOTIFY_HEARTBEAT_H

#include "base/err.h"
#include "conf/conf.h"
#include "net/fqdn.h"

struct heartbeats;
struct uv_loop_s;

enum {
	HEARTBEAT_HOSTS_MAX = 4096, /* of each section, that wait or are asked, of some 350 bytes */
	/* Of each section at once, as many as it has connections; other hosts wait for them. */
	HEARTBEAT_CALLS_MAX = 8,
	/* Who waited for longer is not asked for: it would tell of an update long past. */
	HEARTBEAT_WAIT_MS = 5 * 60 * 1000,
	HEARTBEAT_TIMEOUT_S = 10,
	HEARTBEAT_LOG_MS = 60 * 60 * 1000,
};

/* conf is borrowed; it has sections heartbeat. ERR_NOMEM; ERR_UNAVAILABLE, ERR_INVAL with a
 * sentence: there is no HTTP client. */
int heartbeats_new(struct uv_loop_s *loop, const struct conf *conf, struct heartbeats **ret,
		   struct errinfo *ei);
/* An update of host was accepted: its URL is asked after it; once for several that come while an
 * earlier request waits or is under way. NULL is fine, here and below: there are none. */
void heartbeats_beat(struct heartbeats *h, const struct fqdn *host);
/* As those of struct notify_target_ops, for all sections; the sentence names the section. */
int heartbeats_reread(struct heartbeats *h, struct errinfo *ei);
void heartbeats_settle(struct heartbeats *h, bool is_taken);
/* What is under way is canceled; frees. */
void heartbeats_close(struct heartbeats *h);

#endif

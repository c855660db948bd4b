/* SPDX-License-Identifier: BSD-2-Clause
 * From the sections notify to targets that can be sent to; what mooringd and mooringctl share. Core
 * thread. */
#ifndef MOORING_OPS_TARGETS_H
#define MOORING_OPS_TARGETS_H

#include <stdbool.h>

#include "base/err.h"

struct backends;
struct conf;
struct conf_notify;
struct heartbeats;
struct notify_target;
struct uv_loop_s;

/* ERR_INVAL when the configuration asks for what this build lacks (configure --without-curl,
 * --without-aws). */
int targets_check(const struct conf *conf, struct errinfo *ei);
/* After targets_check(). Reads the target's files with secrets, and looks at that of authorities. n
 * is borrowed for life, b until the target is closed. The sentence names the section. ERR_INVAL,
 * ERR_IO: somebody has to mend something; others pass. */
int targets_open_one(struct uv_loop_s *loop, const struct conf *conf, const struct conf_notify *n,
		     struct backends *b, struct notify_target **ret, struct errinfo *ei);
/* All of conf, in their order; ret has room for them. After a failure none is open. */
int targets_open(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		 struct notify_target **ret, struct errinfo *ei);
/* Reads the files with secrets of all again, those of the sections heartbeat (NULL: there are
 * none), too. After a failure, whose sentence names the section, all go on with what they had.
 * targets are those of conf->notifies, in their order. */
int targets_reread(const struct conf *conf, struct notify_target *const *targets,
		   struct heartbeats *heartbeats, struct errinfo *ei);

/* Whether the start finds the files of all these sections, of one, or of the sections heartbeat,
 * and can use them; nobody is asked. ERR_INVAL: somebody has to mend something; ERR_NOMEM. */
int targets_try(const struct conf *conf, struct errinfo *ei);
int targets_try_one(const struct conf *conf, const struct conf_notify *n, struct errinfo *ei);
int targets_try_heartbeats(const struct conf *conf, struct errinfo *ei);
/* It has a command that is not there, or not for this user. A notice waits until it is. */
bool targets_lacks_program(const struct conf_notify *n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * Every address that a configuration has the daemon listen on. Main thread, at start. */
#ifndef MOORING_OPS_ADDRESSES_H
#define MOORING_OPS_ADDRESSES_H

#include "base/err.h"
#include "net/listen.h"

struct conf;

typedef void addresses_fn(void *arg, const struct listen_at *at, enum listen_transport transport);
void addresses_each(const struct conf *conf, addresses_fn *fn, void *arg);

/* Takes the sockets that this process inherited (net/inherited.h), each for its listener. Before
 * anything is changed or opened. ERR_INVAL with a sentence: one of them is no listener's. */
int addresses_inherit(const struct conf *conf, struct errinfo *ei);

#endif

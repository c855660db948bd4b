/* SPDX-License-Identifier: BSD-2-Clause
 * Whoever is to be told of events is told: the engine's news and what is watched here become events
 * of notify/, and accepted updates become heartbeats. Core thread. */
#ifndef MOORING_OPS_NOTICES_H
#define MOORING_OPS_NOTICES_H

#include <stdbool.h>

#include "base/err.h"

struct backends;
struct certificates;
struct conf;
struct engine;
struct engine_news;
struct notices;
struct notify;
struct uv_loop_s;

enum {
	NOTICES_WATCH_MS = 60 * 1000,
	NOTICES_LATE_MS = 5 * 60 * 1000, /* a publication that takes longer is late */
	/* What a client or a zone does again and again is told once in so long. */
	NOTICES_AGAIN_MS = 60 * 60 * 1000,
};

/* Before the engine; b has its store. *ret is NULL where nothing is to be told. The sentence in ei
 * names the section that is wrong. */
int notices_open(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		 struct notices **ret, struct errinfo *ei);
/* For the engine; NULL: nobody is told. NULL is fine, here and below. */
const struct engine_news *notices_news(const struct notices *n);
/* For those who show how it stands; NULL: there is none. */
const struct notify *notices_notify(const struct notices *n);
/* The engine is open; it and the certificates (NULL: there is no HTTPS) are borrowed until
 * notices_close(). was_crash: the process before this one
 * did not end by itself. */
void notices_start(struct notices *n, const struct engine *engine,
		   const struct certificates *certificates, bool was_crash);
/* Reads the files with secrets of all targets again, all or none (targets_reread()). */
int notices_reread(struct notices *n, struct errinfo *ei);
/* Nothing new is told or sent; done when nothing is on its way to the store, or after timeout_ms;
 * never from inside. */
void notices_drain(struct notices *n, unsigned timeout_ms, void (*done)(void *arg), void *arg);
/* After the engine is closed, before the store. */
void notices_close(struct notices *n);
/* After the loop is empty. */
void notices_free(struct notices *n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 * The certificates of all HTTPS listeners: the one of the configuration, and those that sections
 * listen-at have for themselves. Core thread. */
#ifndef MOORING_OPS_CERTIFICATES_H
#define MOORING_OPS_CERTIFICATES_H

#include <stdbool.h>

#include "base/err.h"
#include "http/tls.h"

struct certificates;
struct walls;
struct conf;
struct conf_front;
struct uv_loop_s;

/* Reads them; conf is borrowed until the end. The sentence in ei names the file that is wrong. */
int certificates_open(const struct conf *conf, struct certificates **ret, struct errinfo *ei);
/* What this address of conf serves; NULL: plain HTTP. */
struct http_tls *certificates_of(const struct certificates *c, const struct conf_front *front);
/* Whether old clients, which know RSA only, find a certificate on this address of HTTPS. */
bool certificates_have_rsa(const struct certificates *c, const struct conf_front *front);
/* Any of them; NULL: there is no HTTPS. */
struct http_tls *certificates_any(const struct certificates *c);
/* Calls for what is no error and should not stay (http/tls.h), and writes it to the log. */
void certificates_each_weakness(const struct certificates *c, http_tls_weakness_fn *tell,
				void *arg);
void certificates_warn(const struct certificates *c);
/* Tells of each that should have been renewed; NULL is fine. One that several addresses serve may
 * be told several times. */
void certificates_each_due(const struct certificates *c, int64_t now_s, http_tls_due_fn *tell,
			   void *arg);
/* Whose sentence the log has beside that of a file that could not be read; borrowed. NULL:
 * nobody's.
 */
void certificates_set_walls(struct certificates *c, const struct walls *walls);
/* Reads the files again, and says so in the log. What cannot be taken stays as it was. */
void certificates_reload(struct certificates *c);
/* The same for what changed since, and what became of the certificates with time; nothing is told
 * twice. */
void certificates_look(struct certificates *c);
/* Does so again and again, until certificates_unwatch(), for which NULL is fine. */
void certificates_watch(struct certificates *c, struct uv_loop_s *loop);
void certificates_unwatch(struct certificates *c);
/* After every server that uses them is closed, and in a later turn of the loop than the end of the
 * watch; NULL is fine. */
void certificates_free(struct certificates *c);

#endif

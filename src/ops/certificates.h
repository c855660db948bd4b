/* SPDX-License-Identifier: BSD-2-Clause
 * The certificates of all HTTPS listeners: the one of the configuration, and those that sections
 * listen-at have for themselves. Core thread. */
#ifndef MOORING_OPS_CERTIFICATES_H
#define MOORING_OPS_CERTIFICATES_H

#include "base/err.h"

struct certificates;
struct conf;
struct conf_front;
struct http_tls;

/* Reads them; conf is borrowed until the end. The sentence in ei names the file that is wrong. */
int certificates_open(const struct conf *conf, struct certificates **ret, struct errinfo *ei);
/* What this address of conf serves; NULL: plain HTTP. */
struct http_tls *certificates_of(const struct certificates *c, const struct conf_front *front);
/* Any of them; NULL: there is no HTTPS. */
struct http_tls *certificates_any(const struct certificates *c);
/* Reads the files again, and says so in the log. What cannot be read stays as it was. */
void certificates_reload(struct certificates *c);
/* After every server that uses them is closed; NULL is fine. */
void certificates_free(struct certificates *c);

#endif

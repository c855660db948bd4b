/* SPDX-License-Identifier: BSD-2-Clause
 * The certificates of all HTTPS listeners: the one of the configuration, and those that sections
 * listen-at have for themselves. Core thread. */
#ifndef MOORING_OPS_CERTIFICATES_H
#define MOORING_OPS_CERTIFICATES_H

#include <stdbool.h>

#include "base/err.h"
#include "http/tls.h"

struct certificates;
struct conf;
struct conf_front;

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
/* Reads the files again, and says so in the log. What cannot be read stays as it was. */
void certificates_reload(struct certificates *c);
/* After every server that uses them is closed; NULL is fine. */
void certificates_free(struct certificates *c);

#endif

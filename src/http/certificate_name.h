/* SPDX-License-Identifier: BSD-2-Clause
 * What a certificate file says the server is called. Any thread. */
#ifndef MOORING_HTTP_CERTIFICATE_NAME_H
#define MOORING_HTTP_CERTIFICATE_NAME_H

#include "base/err.h"
#include "net/fqdn.h"

/* The first DNS name of the first certificate in a PEM file, wildcards passed over. Needs no key,
 * so anybody can ask who can read that file. ERR_NOTFOUND when there is none; ERR_IO or ERR_INVAL
 * when it cannot be read. The sentence names the file. */
int certificate_name(const char *path, char out[FQDN_TEXT_MAX + 1], struct errinfo *ei);

#endif

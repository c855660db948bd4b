/* SPDX-License-Identifier: BSD-2-Clause
 * What of a URL may be told. Pure; any thread. */
#ifndef MOORING_NOTIFY_HOST_PART_H
#define MOORING_NOTIFY_HOST_PART_H

#include "base/str.h"
#include "net/addr.h"

enum { HOST_PART_SIZE = 128 };

/* Host and port of a URL as they stand there, fit for a sentence: "hooks.example.com:8443". Returns
 * out. */
const char *host_part(const char *url, char out[HOST_PART_SIZE]);
/* The address that a URL has in the place of a name; none, of no family, where it has a name. */
struct addr host_part_addr(const char *url);

#endif

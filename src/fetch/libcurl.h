/* SPDX-License-Identifier: BSD-2-Clause
 * Whether the libcurl that runs has what is needed: it may be another one than that of the build.
 */
#ifndef MOORING_FETCH_LIBCURL_H
#define MOORING_FETCH_LIBCURL_H

#include "base/err.h"

/* Initialises it; before another thread starts, as curl_global_init(3) asks. ERR_UNAVAILABLE when
 * it lacks TLS or an asynchronous resolver. */
int fetch_libcurl_init(struct errinfo *ei);

#endif

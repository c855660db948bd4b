/* SPDX-License-Identifier: BSD-2-Clause
 * Of the libraries that run, which may be newer than those of the build; static. Any thread. */
#ifndef MOORING_HTTP_HTTP_VERSIONS_H
#define MOORING_HTTP_HTTP_VERSIONS_H

const char *http_microhttpd_version(void);
const char *http_gnutls_version(void);

#endif

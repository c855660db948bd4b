/* SPDX-License-Identifier: BSD-2-Clause
 * Which libraries run: they are shared ones, and may be newer than those of the build. */
#ifndef MOORING_OPS_VERSIONS_H
#define MOORING_OPS_VERSIONS_H

enum { VERSIONS_TEXT_MAX = 192 };

/* "libmicrohttpd 0.9.75, GnuTLS 3.7.9, ..."; returns out. */
const char *versions_print(char out[VERSIONS_TEXT_MAX]);
/* What this build has, in the words of the configuration: configure may leave out AWS and the HTTP
 * client. */
const char *versions_parts(void);

#endif
